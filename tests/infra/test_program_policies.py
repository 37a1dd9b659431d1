"""Policies over everything that the program registers, as Azure would be asked for it."""

import json
import re

import pytest

from infra.names import LIMITS
from infra.rehearsal.azure import CLIENT_ID, PRINCIPAL
from infra.watch import ALERTS
from lineage.records import DATED
from tests.infra.program import run

pytest.importorskip("pulumi_azure_native", reason="Pulumi's SDKs are in .venv-infra: make test-infra")

UNTAGGED = (
    "BlobContainer",
    "BlobServiceProperties",
    "Budget",
    "ManagementPolicy",
    "PrivateDnsZoneGroup",
    "Queue",
    "RoleAssignment",
    "Subnet",
    "WebAppAuthSettingsV2",
    "WebAppFtpAllowed",
    "WebAppScmAllowed",
)
"""What Azure keeps no tags for."""
FORBIDDEN_ON_FLEX = {
    "WEBSITE_RUN_FROM_PACKAGE",
    "FUNCTIONS_WORKER_RUNTIME",
    "FUNCTIONS_EXTENSION_VERSION",
    "SCM_DO_BUILD_DURING_DEPLOYMENT",
    "ENABLE_ORYX_BUILD",
    "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING",
    "WEBSITE_CONTENTSHARE",
    "AzureWebJobsStorage",
}
EVERYTHING = {
    "privateNetwork": "true",
    "auth": "entra",
    "entraClientId": "00000000-0000-4000-8000-00000000000a",
    "entraAllowedClients": ["00000000-0000-4000-8000-00000000000b"],
    "alertEmails": ["ops@contoso.example"],
    "budgetAmount": "200",
    "tags": ["owner=data"],
}


@pytest.fixture(scope="module")
def least(tmp_path_factory):
    return run(tmp_path_factory.mktemp("least"))


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    return run(tmp_path_factory.mktemp("everything"), stack="a-stack-with-a-very-long-name-" * 4, **EVERYTHING)


@pytest.fixture(params=["least", "everything"])
def program(request):
    return request.getfixturevalue(request.param)


def settings_of(program):
    (app,) = program.of("web:WebApp")
    return {one["name"]: one["value"] for one in app.inputs["siteConfig"]["appSettings"]}


def test_no_setting_holds_a_key_or_a_password(program):
    for name, value in settings_of(program).items():
        assert not re.search(r"(?i)AccountKey=|SharedAccess|password|secret|sig=", f"{name}={value}"), name
    assert "a-made-up-key" not in json.dumps(settings_of(program))


def test_settings_that_flex_forbids_are_absent(program):
    assert not FORBIDDEN_ON_FLEX & settings_of(program).keys()
    (app,) = program.of("web:WebApp")
    assert not {"alwaysOn", "linuxFxVersion"} & app.inputs["siteConfig"].keys()


def test_storage_opens_to_no_key_and_to_nobody_unknown(program):
    (account,) = program.of("storage:StorageAccount")
    assert account.inputs["allowSharedKeyAccess"] is False
    assert account.inputs["allowBlobPublicAccess"] is False
    assert account.inputs["minimumTlsVersion"] == "TLS1_2"
    assert account.inputs["enableHttpsTrafficOnly"] is True
    assert {one.inputs["publicAccess"] for one in program.of("BlobContainer")} == {"None"}


def test_the_app_takes_https_and_no_password(program):
    (app,) = program.of("web:WebApp")
    assert app.inputs["httpsOnly"] is True
    assert app.inputs["siteConfig"]["minTlsVersion"] == "1.2"
    assert app.inputs["siteConfig"]["ftpsState"] == "Disabled"
    for kind in ("WebAppFtpAllowed", "WebAppScmAllowed"):
        (one,) = program.of(kind)
        assert one.inputs["allow"] is False


def test_telemetry_needs_an_identity(program):
    (insights,) = program.of("applicationinsights:Component")
    assert insights.inputs["disableLocalAuth"] is True
    assert (
        settings_of(program)["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"] == f"ClientId={CLIENT_ID};Authorization=AAD"
    )


def test_every_role_says_that_it_is_for_an_application(program):
    roles = program.of("authorization:RoleAssignment")
    assert len(roles) == 4
    assert {(one.inputs["principalType"], one.inputs["principalId"]) for one in roles} == {
        ("ServicePrincipal", PRINCIPAL)
    }
    assert all(one.inputs["scope"].startswith("/id/") for one in roles)


def test_everything_that_takes_tags_has_them(program):
    native = [one for one in program.resources if one.type.startswith("azure-native:")]
    for one in native:
        if one.type.rsplit(":", 1)[1] not in UNTAGGED:
            assert one.inputs["tags"]["application"] == "databricks-purview-lineage", one.type


def test_names_fit_however_long_the_stack_is_called(everything):
    keys = {
        "group": ("ResourceGroup", "resourceGroupName"),
        "storage": ("StorageAccount", "accountName"),
        "function": ("web:WebApp", "name"),
        "plan": ("AppServicePlan", "name"),
        "identity": ("UserAssignedIdentity", "resourceName"),
        "insights": ("applicationinsights:Component", "resourceName"),
        "logs": ("operationalinsights:Workspace", "workspaceName"),
        "actions": ("ActionGroup", "actionGroupName"),
        "workbook": ("Workbook", "resourceName"),
        "budget": ("Budget", "budgetName"),
        "network": ("VirtualNetwork", "virtualNetworkName"),
    }
    for kind, (resource, key) in keys.items():
        (one,) = everything.of(resource)
        assert len(one.inputs[key]) <= LIMITS[kind][0], kind


def test_one_warm_instance_unless_another_number_is_set(least, tmp_path):
    def ready(program):
        return program.of("web:WebApp")[0].inputs["functionAppConfig"]["scaleAndConcurrency"]["alwaysReady"]

    assert ready(least) == [{"name": "http", "instanceCount": 1}]
    assert ready(run(tmp_path, alwaysReady="0")) == []


def test_the_app_runs_what_the_package_was_built_for(program):
    (app,) = program.of("web:WebApp")
    config = app.inputs["functionAppConfig"]
    assert config["runtime"] == {"name": "python", "version": "3.13"}
    storage = config["deployment"]["storage"]
    assert storage["value"].endswith("/deployments")
    assert storage["authentication"]["type"] == "UserAssignedIdentity"
    assert (storage["type"], program.of("AppServicePlan")[0].inputs["sku"]["name"]) == ("blobContainer", "FC1")


def test_a_private_network_closes_storage(least, everything):
    assert not least.of("PrivateEndpoint")
    groups = [one.inputs["privateLinkServiceConnections"][0]["groupIds"] for one in everything.of("PrivateEndpoint")]
    assert sorted(groups) == [["blob"], ["queue"], ["table"]]
    (account,) = everything.of("storage:StorageAccount")
    assert account.inputs["publicNetworkAccess"] == "Disabled"
    assert account.inputs["networkRuleSet"]["defaultAction"] == "Deny"
    (app,) = everything.of("web:WebApp")
    assert app.inputs["virtualNetworkSubnetId"] == "/id/subnet-app"
    delegated = {one.name: one.inputs.get("delegations") for one in everything.of("network:Subnet")}
    assert delegated["subnet-app"][0]["serviceName"] == "Microsoft.App/environments"


def test_signing_in_leaves_health_and_version_open(least, everything):
    assert not least.of("WebAppAuthSettingsV2")
    (sign_in,) = everything.of("WebAppAuthSettingsV2")
    rules = sign_in.inputs["globalValidation"]
    assert (rules["requireAuthentication"], rules["unauthenticatedClientAction"]) == (True, "Return401")
    assert rules["excludedPaths"] == ["/api/health", "/api/version"]


def test_every_alert_is_there_and_tells_somebody(everything):
    rules = {one.name: one.inputs for one in everything.of("ScheduledQueryRule")}
    assert set(rules) == {f"alert-{alert.name}" for alert in ALERTS}
    assert {tuple(one["actions"]["actionGroups"]) for one in rules.values()} == {("/id/actions",)}
    assert everything.of("Budget")[0].inputs["notifications"]["spent"]["contactEmails"] == ["ops@contoso.example"]


def expiring(program):
    """Prefix of what goes by its age → days; each rule is for block blobs and does nothing but delete."""
    (policy,) = program.of("ManagementPolicy")
    days = {}
    for rule in policy.inputs["policy"]["rules"]:
        found = rule["definition"]
        assert (rule["enabled"], rule["type"], found["filters"]["blobTypes"]) == (True, "Lifecycle", ["blockBlob"])
        assert list(found["actions"]) == ["baseBlob"]
        assert list(found["actions"]["baseBlob"]) == ["delete"]
        for prefix in found["filters"]["prefixMatch"]:
            days[prefix] = found["actions"]["baseBlob"]["delete"]["daysAfterModificationGreaterThan"]
    return days


def test_old_lineage_expires_but_no_plan_and_no_state(program, tmp_path):
    leases = {"lineage/~leases/": 30}
    assert expiring(program) == {f"lineage/{prefix}": 400 for prefix in DATED} | leases
    assert expiring(run(tmp_path, retentionDays="0")) == leases


def test_a_scope_of_its_own_goes_to_all_that_ask_the_catalogue_and_is_no_input_otherwise(least, tmp_path):
    def scopes(program):
        return {one.name: one.inputs["scope"] for one in program.of("dynamic:Resource") if "scope" in one.inputs}

    scope = "api://catalogue/.default"
    assert scopes(least) == {}
    assert scopes(run(tmp_path, catalogueScope=scope)) == {"curator": scope, "types": scope}


def test_what_exists_is_used(tmp_path):
    workspace = "/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/w"
    program = run(tmp_path, resourceGroup="rg-data", logWorkspace=workspace)
    assert not program.of("ResourceGroup")
    assert not program.of("operationalinsights:Workspace")
    assert program.of("applicationinsights:Component")[0].inputs["workspaceResourceId"] == workspace
    assert {one.inputs["resourceGroupName"] for one in program.resources if "resourceGroupName" in one.inputs} == {
        "rg-data"
    }


def test_the_role_and_the_code_are_resources_of_the_same_program(least):
    dynamic = {one.name: one.inputs for one in least.of("dynamic:Resource")}
    assert set(dynamic) == {"curator", "types", "package", "key"}
    assert (dynamic["curator"]["role"], dynamic["curator"]["principal"]) == ("data-curator", PRINCIPAL)
    assert dynamic["package"]["scm"].endswith(".scm.azurewebsites.net")
    assert re.fullmatch(r"[0-9a-f]{64}", dynamic["package"]["hash"])
    assert (dynamic["key"]["key"], dynamic["key"]["site"]) == ("spark-agent", "/id/app")
