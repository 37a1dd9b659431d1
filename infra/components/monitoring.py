"""Logs, telemetry without a key, the workbook, the alerts and the budget."""

import pulumi
from pulumi_azure_native import applicationinsights, consumption, monitor, operationalinsights

from infra import watch
from infra.components.component import Component
from infra.config import Config
from infra.names import Names


class Monitoring(Component):
    """``insights`` is what the Function reports to, ``workspace`` the resource id of where it lands."""

    def __init__(self, config: Config, names: Names, group: pulumi.Input[str]) -> None:
        super().__init__("monitoring")
        self._config, self._names, self._group = config, names, group
        self.workspace: pulumi.Input[str] = config.log_workspace or self._workspace().id
        self.insights = self._insights()
        self.workbook = self._workbook()
        self.register_outputs({"workbook": self.workbook.id})

    def alert(self) -> None:
        """The rules of ``watch.ALERTS``, told to ``alertEmails``; without one they show in the portal alone."""
        actions = [self._actions().id] if self._config.alert_emails else []
        for alert in watch.ALERTS:
            self._rule(alert, actions)

    def budget(self, scope: pulumi.Input[str]) -> None:
        """A monthly budget with a word at 80 % and at what is foreseen for 100 %."""
        consumption.Budget(
            "budget",
            budget_name=self._names.budget,
            scope=scope,
            amount=float(self._config.budget_amount),
            category=consumption.CategoryType.COST,
            time_grain=consumption.TimeGrainType.MONTHLY,
            time_period={"start_date": "2026-01-01T00:00:00Z"},
            notifications={
                "spent": self._notification(80, consumption.ThresholdType.ACTUAL),
                "foreseen": self._notification(100, consumption.ThresholdType.FORECASTED),
            },
            # Azure moves the start to the current month.
            opts=self.own(ignore_changes=["timePeriod"]),
        )

    def _notification(self, percent: int, kind: consumption.ThresholdType) -> consumption.NotificationArgsDict:
        return {
            "enabled": True,
            "operator": consumption.OperatorType.GREATER_THAN,
            "threshold": float(percent),
            "threshold_type": kind,
            "contact_emails": list(self._config.alert_emails),
        }

    def _workspace(self) -> operationalinsights.Workspace:
        return operationalinsights.Workspace(
            "logs",
            workspace_name=self._names.logs,
            resource_group_name=self._group,
            location=self._config.location,
            sku={"name": operationalinsights.WorkspaceSkuNameEnum.PER_GB2018},
            retention_in_days=self._config.log_retention_days,
            workspace_capping={"daily_quota_gb": float(self._config.log_daily_cap_gb)},
            tags=self._config.tag_map,
            opts=self.own(),
        )

    def _insights(self) -> applicationinsights.Component:
        return applicationinsights.Component(
            "insights",
            resource_name_=self._names.insights,
            resource_group_name=self._group,
            location=self._config.location,
            kind="web",
            application_type=applicationinsights.ApplicationType.WEB,
            workspace_resource_id=self.workspace,
            disable_local_auth=True,
            tags=self._config.tag_map,
            opts=self.own(),
        )

    def _workbook(self) -> applicationinsights.Workbook:
        return applicationinsights.Workbook(
            "workbook",
            resource_name_=self._names.workbook,
            resource_group_name=self._group,
            location=self._config.location,
            category="workbook",
            display_name="Spark lineage",
            kind=applicationinsights.WorkbookSharedTypeKind.SHARED,
            serialized_data=watch.workbook(),
            source_id=self.workspace,
            tags=self._config.tag_map,
            opts=self.own(),
        )

    def _actions(self) -> monitor.ActionGroup:
        return monitor.ActionGroup(
            "actions",
            action_group_name=self._names.actions,
            resource_group_name=self._group,
            location="Global",
            group_short_name="lineage",
            enabled=True,
            email_receivers=[
                {"name": email, "email_address": email, "use_common_alert_schema": True}
                for email in self._config.alert_emails
            ],
            tags=self._config.tag_map,
            opts=self.own(),
        )

    def _rule(self, alert: watch.Alert, actions: list[pulumi.Output[str]]) -> None:
        monitor.ScheduledQueryRule(
            f"alert-{alert.name}",
            rule_name=f"lineage-{alert.name}",
            resource_group_name=self._group,
            location=self._config.location,
            display_name=alert.title,
            description=alert.fix,
            enabled=True,
            severity=alert.severity,
            scopes=[self.workspace],
            window_size=alert.window,
            evaluation_frequency=alert.every,
            auto_mitigate=True,
            # The tables are made by the first telemetry: a new deployment has none yet.
            skip_query_validation=True,
            criteria={
                "all_of": [
                    {
                        "query": alert.query,
                        "time_aggregation": monitor.TimeAggregation.COUNT,
                        "operator": monitor.ConditionOperator.LESS_THAN
                        if alert.expects
                        else monitor.ConditionOperator.GREATER_THAN,
                        "threshold": 1.0 if alert.expects else 0.0,
                        "failing_periods": {"number_of_evaluation_periods": 1, "min_failing_periods_to_alert": 1},
                    }
                ]
            },
            actions={"action_groups": actions},
            tags=self._config.tag_map,
            opts=self.own(),
        )
