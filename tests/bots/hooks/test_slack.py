"""Payloads as Slack's public pages print them."""

from bots.hooks import slack
from bots.hooks.message import Line, RefusedPayloadError
from tests.bots.hooks.reading import card_of, refusal


def test_text():
    message = slack.parse(
        {"text": "*Danger* &lt;ok&gt; <https://e.org/a?b=1&amp;c=2|look> <!here> <@U024BE7LH>"}
    )
    assert message.body == "*Danger* <ok> look（https://e.org/a?b=1&c=2） @全体 @U024BE7LH"
    assert '<a href="https://e.org/a?b=1&amp;c=2">look</a>' in message.html
    assert "<strong>Danger</strong> &lt;ok&gt;" in message.html
    assert message.named.users == ("U024BE7LH",)
    assert message.named.everybody


def test_blocks():
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "New request"}},
        {
            "type": "section",
            "fields": [
                {"type": "mrkdwn", "text": "*Type:*\nPaid Time Off"},
                {"type": "mrkdwn", "text": "*When:*\nAug 10"},
            ],
        },
        {"type": "divider"},
        {"type": "section", "text": {"type": "mrkdwn", "text": "<https://example.com|View request>"}},
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "text": {"type": "plain_text", "text": "Open"},
                    "url": "https://example.com/o",
                }
            ],
        },
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [
                        {"type": "text", "text": "Hello "},
                        {"type": "link", "url": "https://e.org", "text": "there"},
                    ],
                }
            ],
        },
    ]
    message = slack.parse({"text": "fallback", "blocks": blocks})
    assert card_of(message).title == "New request"
    assert card_of(message).facts == (("Type", "Paid Time Off"), ("When", "Aug 10"))
    assert Line("Open", "https://example.com/o") in card_of(message).lines
    assert "Hello there（https://e.org）" in message.body
    assert refusal(slack, {"blocks": [{"type": "call"}]}) == "kind"


def test_attachments():
    attachment = {
        "color": "danger",
        "pretext": "Optional text",
        "title": "Slack API Documentation",
        "title_link": "https://api.slack.com/",
        "text": "Optional text in the attachment",
        "fields": [{"title": "Priority", "value": "High", "short": False}],
        "footer": "Slack API",
    }
    message = slack.parse({"text": "above", "attachments": [attachment]})
    assert card_of(message).code == "red"
    assert card_of(message).facts == (("Priority", "High"),)
    assert message.body.startswith("above\n")
    assert "https://api.slack.com/" in message.body


def test_refusals():
    assert refusal(slack, {}) == "empty"
    assert refusal(slack, []) == "not_json"
    answer = slack.failure(RefusedPayloadError("empty", "detail"))
    assert (answer.status, answer.body) == (400, "no_text")
