"""PiImport of TensorFlow."""

from pis.import_time.fresh import FreshImport
from pis.on_tensorflow import OnTensorflow


class ImportOfTensorflow(FreshImport):
    """The first `import tensorflow`."""

    framework = OnTensorflow.framework
    module = OnTensorflow.module
    distributions = OnTensorflow.distributions


WORKLOAD = ImportOfTensorflow
