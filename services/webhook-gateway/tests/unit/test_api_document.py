from captionacc_testkit.api_document import badly_described
from captionacc_webhook_gateway.app import create_app
from captionacc_webhook_gateway.settings import GatewaySettings

SETTINGS = GatewaySettings(
    supabase_db_url="postgresql://gateway@127.0.0.1/postgres",
    supabase_jwt_issuer="https://project.test/auth/v1",
    supabase_jwt_secret="a-test-secret-of-more-than-32-bytes!",
    webhook_secret="webhook-secret-of-a-test",
    prefect_api_url="http://127.0.0.1:9/api",
    priority_url="http://127.0.0.1:9",
)


def test_every_route_declares_its_operation_id_and_its_problems() -> None:
    faults = badly_described(create_app(SETTINGS))

    assert not faults, "\n".join(faults)
