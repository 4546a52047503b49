"""What can go wrong when stacks are resolved.

AmunError
└── ResolvingError
    ├── UnresolvableError    no stack fulfils the requirements
    └── ResolverFailedError  uv could not be asked, or did not answer in time
"""

from __future__ import annotations

from amun_core.errors import AmunError


class ResolvingError(AmunError):
    """The requirements cannot be resolved."""

    code = "A900"


class UnresolvableError(ResolvingError):
    """No stack fulfils the requirements."""

    code = "A901"


class ResolverFailedError(ResolvingError):
    """The resolver could not be asked."""

    code = "A902"


#: So that a process that hears of an error by its code can raise the same.
BY_CODE = {kind.code: kind for kind in (ResolvingError, UnresolvableError, ResolverFailedError)}
