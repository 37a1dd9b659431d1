"""Who checks the caller: the function key, or the platform where the deployment has it sign callers in."""

import azure.functions as func
import pytest

from function_app import auth_level
from infra.app_settings import Facts, app_settings
from infra.config import Config

pytestmark = pytest.mark.unit

LEAST = {"location": "westeurope", "purviewAccount": "contoso"}
ENTRA = {
    "auth": "entra",
    "entraClientId": "00000000-0000-4000-8000-00000000000a",
    "entraAllowedClients": '["00000000-0000-4000-8000-00000000000b"]',
}
PLATFORM = {"WEBSITE_AUTH_ENABLED": "True"}
"""What App Service sets itself, while it checks tokens."""


def settings(**more):
    return app_settings(Config.of(LEAST | more), Facts("s", "b", "q", "t", "c", "k", "i"))


def test_with_a_key_the_door_asks_for_it_whatever_the_platform_does():
    assert auth_level(settings()) is func.AuthLevel.FUNCTION
    assert auth_level(settings() | PLATFORM) is func.AuthLevel.FUNCTION


def test_with_entra_the_door_leaves_it_to_the_platform_and_only_while_that_checks():
    assert auth_level(settings(**ENTRA) | PLATFORM) is func.AuthLevel.ANONYMOUS
    assert auth_level(settings(**ENTRA)) is func.AuthLevel.FUNCTION
    assert auth_level(settings(**ENTRA) | {"WEBSITE_AUTH_ENABLED": "False"}) is func.AuthLevel.FUNCTION
