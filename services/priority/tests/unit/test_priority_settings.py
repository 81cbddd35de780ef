import pytest
from captionacc_observability.settings import SettingsError, load
from captionacc_priority.settings import PrioritySettings


def test_every_constant_is_a_setting() -> None:
    policy = load(
        PrioritySettings,
        {
            "PRIORITY_BASE_FREE": "1",
            "PRIORITY_BASE_PREMIUM": "2",
            "PRIORITY_BASE_ENTERPRISE": "3",
            "PRIORITY_SMALL_VIDEO_BYTES": "4",
            "PRIORITY_SMALL_VIDEO_BONUS": "5",
            "PRIORITY_AGEING_PER_HOUR": "6",
            "PRIORITY_AGEING_CAP": "7",
            "PRIORITY_MAX_WAIT_HOURS": "8",
            "PRIORITY_FAIR_SHARE_PENALTY": "9",
        },
    ).policy()
    assert sorted(policy.base_scores.values()) == [1, 2, 3]
    assert (policy.small_video_bytes, policy.small_video_bonus) == (4, 5)
    assert (policy.ageing_per_hour, policy.ageing_cap) == (6, 7)
    assert (policy.max_wait_hours, policy.fair_share_penalty) == (8, 9)


@pytest.mark.parametrize(
    ("name", "value"), [("PRIORITY_MAX_WAIT_HOURS", "-1"), ("LOG_LEVEL", "loud")]
)
def test_a_malformed_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load(PrioritySettings, {name: value})
