"""PiRnn: the recurrence of vanilla, LSTM and GRU cells."""

from pis.declaration import Indicator, Parameter
from pis.parameters import DEVICE, DTYPE, TF32_NEEDS_A_GPU, extent, reps
from pis.work import GATES, recurrence, recurrence_bytes

INDICATOR = Indicator(
    name="rnn",
    title="PiRnn",
    version="1",
    stability="canary",
    summary="Forward pass of one recurrent layer, one way, over seeded random data: h = g(x + h U) "
    "step by step. The input's projection x is made beforehand, as in DeepBench; frameworks' own "
    "layers compute it along, so the cells are written in each framework's operations. Vanilla is "
    "ReLU, LSTM has no peepholes, GRU applies its reset gate after the product. On ONNX "
    "Runtime the matrix is a constant, as in a model. The check follows four sequences of the batch.",
    parameters=(
        Parameter("cell", "text", "lstm", "Kind of the cell.", choices=tuple(sorted(GATES))),
        extent("hidden_size", 512, "Length of the state."),
        extent("batch", 16, "Sequences at once."),
        extent("time_steps", 25, "Length of a sequence."),
        DTYPE,
        DEVICE,
        reps(50),
    ),
    work=lambda parameters: recurrence(
        parameters["cell"],
        parameters["hidden_size"],
        parameters["batch"],
        parameters["time_steps"],
    ),
    formula="2 G T N H^2 with G = 1 (vanilla, and T N H more), 4 (lstm), 3 (gru)",
    source="pis.work.recurrence: DeepBench, training sheets",
    impossible=(TF32_NEEDS_A_GPU,),
    least_bytes=lambda parameters: recurrence_bytes(
        parameters["cell"],
        parameters["hidden_size"],
        parameters["batch"],
        parameters["time_steps"],
        parameters["dtype"],
    ),
)
