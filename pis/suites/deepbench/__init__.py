"""DeepBench: the matrix products, convolutions, recurrent layers and all-reduces of its lists."""

from pis.suites.deepbench import allreduce, conv, gemm, rnn, sparse

SUITES = gemm.SUITES + conv.SUITES + rnn.SUITES + sparse.SUITES + allreduce.SUITES
