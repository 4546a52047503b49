"""PiImport of JAX."""

from pis.import_time.fresh import FreshImport
from pis.on_jax import OnJax


class ImportOfJax(FreshImport):
    """The first `import jax`."""

    framework = OnJax.framework
    module = OnJax.module
    distributions = OnJax.distributions


WORKLOAD = ImportOfJax
