"""What a deployment can stumble over. Every message ends with what to do next."""


class DeployError(Exception):
    """The root; ``str`` is one message for a person."""


class ConfigError(DeployError):
    """Names every wrong key of the stack's configuration at once."""


class ToolMissing(DeployError):
    """A command line that the project does not bring is not on PATH."""


class NotKnown(DeployError):
    """What a check needs could not be read; another finding says why. ``str`` is what is not known."""


class PackageError(DeployError):
    """The package is not one that the Function could run."""


class CallError(DeployError):
    """A service did not do what it was asked. ``status`` is 0 where there was no answer."""

    def __init__(self, message: str, *, status: int = 0, body: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.body = body
