from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    name = "istmo.installation.submissions"
    label = "submissions"

    def ready(self) -> None:
        from istmo.installation.submissions.measures import register_measures

        register_measures()
