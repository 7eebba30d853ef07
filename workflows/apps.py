from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    name = "workflows"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from workflows.approvals import start as approvals
        from workflows.attached import pending as attached
        from workflows.burden import guard as burden
        from workflows.consents import card
        from workflows.items import actions, answers
        from workflows.orders import start as orders
        from workflows.pending import cases, consents, feedback, sources, standing_in
        from workflows.processes import card as case_card
        from workflows.processes import start as processes
        from workflows.services import calendar, calendar_sources, escalation, extensions, overrides
        from workflows.taskforces import expert_marks
        from workflows.taskforces import pending as force_pending
        from workflows.triggers import applying as triggers

        calendar.connect()
        calendar_sources.connect()
        burden.connect()
        actions.connect()
        sources.connect()
        card.connect()
        consents.connect()
        overrides.connect()
        feedback.connect()
        answers.connect()
        escalation.connect()
        extensions.connect()
        force_pending.connect()
        expert_marks.connect()
        attached.connect()
        triggers.connect()
        orders.connect()
        standing_in.connect()
        approvals.connect()
        processes.connect()
        case_card.connect()
        cases.connect()
