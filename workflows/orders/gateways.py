"""Ways out of the house: a generic HTTP gateway for text messages and calls, SMTP for e-mail.

What goes out says that an order waits and nothing else. The key of an attempt goes along, so that a gateway that is
asked again after a crash sends once.
"""

import smtplib
from dataclasses import dataclass
from email.message import EmailMessage

import httpx
from django.conf import settings

from workflows.rules.orders import DRILL_MARK, OUTSIDE_WORDS

DELIVERED, FAILED, NO_ANSWER = "delivered", "failed", "no_answer"


@dataclass(frozen=True)
class Answer:
    """`state`: delivered, failed or no_answer; `words`: what the gateway said, or why it could not be asked."""

    state: str
    words: str


@dataclass(frozen=True)
class Message:
    """`key` names the attempt; `to` is a phone number or an address."""

    key: str
    channel: str
    to: str
    words: str


def words_for(urgency: str, *, is_drill: bool) -> str:
    """All that leaves the house."""
    return f"{DRILL_MARK if is_drill else ''}{OUTSIDE_WORDS[urgency]}"


def is_configured(channel: str) -> bool:
    match channel:
        case "text":
            return bool(settings.TEXT_GATEWAY_URL)
        case "voice":
            return bool(settings.VOICE_GATEWAY_URL)
        case "mail":
            return bool(settings.SMTP_HOST and settings.MAIL_ADDRESS_PATTERN)
        case _:
            return True


def offered_steps() -> list[tuple[str, int]]:
    """The steps that can be taken here and their default minutes; one without a provider is not offered."""
    steps = [
        ("text", settings.ORDER_TEXT_MINUTES),
        ("mail", settings.ORDER_MAIL_MINUTES),
        ("voice", settings.ORDER_VOICE_MINUTES),
        ("duty", settings.ORDER_DUTY_MINUTES),
        ("leader", settings.ORDER_LEADER_MINUTES),
    ]
    return [(step, minutes) for step, minutes in steps if is_configured(step)]


def send(message: Message) -> Answer:
    """Ask the gateway of the channel. Never raises: what it could not do is its answer."""
    if not is_configured(message.channel):
        return Answer(FAILED, "未配置发送通道")
    if not message.to:
        return Answer(FAILED, "通讯录中没有联系号码")
    return _mail(message) if message.channel == "mail" else _post(message)


def _post(message: Message) -> Answer:
    """`POST {to, text, channel}` with the attempt's key; answered `{"state": …, "message": …}`."""
    voice = message.channel == "voice"
    url = settings.VOICE_GATEWAY_URL if voice else settings.TEXT_GATEWAY_URL
    token = settings.VOICE_GATEWAY_TOKEN if voice else settings.TEXT_GATEWAY_TOKEN
    headers = {"Idempotency-Key": message.key, **({"Authorization": f"Bearer {token}"} if token else {})}
    body = {"to": message.to, "text": message.words, "channel": message.channel, "key": message.key}
    try:
        response = httpx.post(
            url, json=body, headers=headers, timeout=settings.GATEWAY_TIMEOUT_S, trust_env=False
        )
        answer = response.json()
    except (httpx.HTTPError, ValueError) as error:
        return Answer(FAILED, f"通道无应答（{type(error).__name__}）")
    if not response.is_success:
        return Answer(FAILED, f"通道拒绝（{response.status_code}）")
    said = answer if isinstance(answer, dict) else {}
    state = str(said.get("state", ""))
    if state not in {DELIVERED, FAILED, NO_ANSWER}:
        return Answer(FAILED, "通道答复无法识别")
    return Answer(state, str(said.get("message", ""))[:200])


def _mail(message: Message) -> Answer:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = settings.SMTP_FROM, message.to, message.words
    mail["Message-ID"] = f"<{message.key}@{settings.SERVER_NAME}>"
    mail.set_content(message.words, cte="base64")
    try:
        with smtplib.SMTP(
            settings.SMTP_HOST, settings.SMTP_PORT, timeout=settings.GATEWAY_TIMEOUT_S
        ) as server:
            if settings.SMTP_STARTTLS:
                server.starttls()
            if settings.SMTP_USER:
                server.login(settings.SMTP_USER, settings.SMTP_PASSWORD)
            server.send_message(mail)
    except (smtplib.SMTPException, OSError) as error:
        return Answer(FAILED, f"邮件服务器未接收（{type(error).__name__}）")
    return Answer(DELIVERED, "邮件服务器已接收")


def masked(to: str) -> str:
    """138****0000; of an address the first two characters and the domain."""
    if "@" in to:
        name, _, domain = to.partition("@")
        return f"{name[:2]}***@{domain}"
    return f"{to[:3]}****{to[-4:]}" if len(to) >= 8 else "*" * len(to)  # noqa: PLR2004
