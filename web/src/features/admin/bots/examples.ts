/** What a bot's maker copies: one short program for each way in, filled with the bot's own address. Pure. */

export interface Example {
  key: string;
  code: string;
  /** Where the key is not one of a bot's examples. */
  label?: string;
}

export interface Place {
  /** Of the site, without a slash at its end. */
  base: string;
  userId: string;
  room: string;
  token: string;
}

const shell = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function curl(url: string, body: unknown): string {
  return `curl -X POST ${shell(url)} \\\n  -H 'Content-Type: application/json' \\\n  -d ${shell(JSON.stringify(body))}`;
}

const WORDS = '二号机房温度 31 度';
const BODIES: Record<string, unknown> = {
  own: { text: WORDS },
  dingtalk: { msgtype: 'text', text: { content: WORDS } },
  wecom: { msgtype: 'text', text: { content: WORDS } },
  feishu: { msg_type: 'text', content: { text: WORDS } },
  slack: { text: WORDS },
};

const CARD = {
  card: {
    title: '机房告警',
    state: { code: 'red', word: '超温' },
    fields: [{ label: '温度', value: '31 度' }],
    actions: [{ name: 'take', label: '接单', style: 'primary' }],
    url: 'https://example.gov.cn/alarm/7',
  },
};

function program(kind: string, url: string, secret: string): string | null {
  switch (kind) {
    case 'dingtalk':
      return [
        'from dingtalkchatbot.chatbot import DingtalkChatbot',
        '',
        `robot = DingtalkChatbot(${JSON.stringify(url)}${secret ? `, secret=${JSON.stringify(secret)}` : ''})`,
        `print(robot.send_text(${JSON.stringify(WORDS)}))`,
      ].join('\n');
    case 'slack':
      return [
        'from slack_sdk.webhook import WebhookClient',
        '',
        `answer = WebhookClient(${JSON.stringify(url)}).send(text=${JSON.stringify(WORDS)})`,
        'print(answer.status_code, answer.body)',
      ].join('\n');
    default:
      return null;
  }
}

/** For a hook: curl, a card where the form is our own, and the product's own client where there is one. */
export function hookExamples(kind: string, url: string, secret: string): Example[] {
  const body = BODIES[kind] ?? BODIES['own'];
  const found: Example[] = [{ key: 'curl', code: curl(url, body) }];
  if (kind === 'own') found.push({ key: 'card', code: curl(url, CARD) });
  const python = program(kind, url, secret);
  if (python !== null) found.push({ key: 'python', code: python });
  return found;
}

/** For a bot's own program: a message by curl, and a matrix-nio bot that answers. */
export function tokenExamples({ base, userId, room, token }: Place): Example[] {
  const send = `${base}/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/1`;
  const put = `curl -X PUT ${shell(send)} \\\n  -H ${shell(`Authorization: Bearer ${token}`)} \\\n  -d ${shell(JSON.stringify({ msgtype: 'm.text', body: WORDS }))}`;
  const nio = [
    'import asyncio',
    '',
    'from nio import AsyncClient, RoomMessageText, SyncError',
    '',
    `client = AsyncClient(${JSON.stringify(base)}, ${JSON.stringify(userId)})`,
    `client.restore_login(${JSON.stringify(userId)}, "BOT", ${JSON.stringify(token)})`,
    '',
    '',
    'async def hear(room, event):',
    '    if event.sender != client.user_id:',
    '        content = {"msgtype": "m.notice", "body": f"收到：{event.body}"}',
    '        await client.room_send(room.room_id, "m.room.message", content, tx_id=event.event_id)',
    '',
    '',
    'async def main():',
    '    while isinstance(await client.sync(), SyncError):',
    '        await asyncio.sleep(5)',
    '    client.add_event_callback(hear, RoomMessageText)',
    '    while True:',
    '        if isinstance(await client.sync(timeout=30000), SyncError):',
    '            await asyncio.sleep(5)',
    '',
    '',
    'asyncio.run(main())',
  ].join('\n');
  return [
    { key: 'curl', code: put },
    { key: 'nio', code: nio },
  ];
}
