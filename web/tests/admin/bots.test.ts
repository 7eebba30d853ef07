import { describe, expect, it } from 'vitest';

import { hookExamples, tokenExamples } from '@/features/admin/bots/examples';

const URL_ = 'https://tz.example/robot/send?access_token=abc';

describe('examples of a bot', () => {
  it('has a call by curl in the form of each product, with the own address', () => {
    for (const [kind, word] of [['own', '"text":'], ['dingtalk', '"msgtype":"text"'], ['feishu', '"msg_type":"text"']] as const) {
      const code = hookExamples(kind, URL_, '')[0]?.code ?? '';
      expect(code).toContain(`'${URL_}'`);
      expect(code).toContain(word);
    }
  });

  it("shows the product's own client where there is one, signed where there is a secret", () => {
    const signed = hookExamples('dingtalk', URL_, 'SEC1').find((each) => each.key === 'python');
    expect(signed?.code).toContain(`DingtalkChatbot("${URL_}", secret="SEC1")`);
    expect(hookExamples('wecom', URL_, '').map((each) => each.key)).toEqual(['curl']);
    expect(hookExamples('own', URL_, '').map((each) => each.key)).toEqual(['curl', 'card']);
  });

  it('keeps a quote inside the shell word', () => {
    expect(hookExamples('own', "https://e/it's", '')[0]?.code).toContain("'https://e/it'\\''s'");
  });

  it('fills in a program with place, account and token', () => {
    const [curl, nio] = tokenExamples({ base: 'https://tz.example', userId: '@bot-a:tz', room: '!r:tz', token: 'T0' });
    expect(curl?.code).toContain('https://tz.example/_matrix/client/v3/rooms/!r%3Atz/send/m.room.message/1');
    expect(nio?.code).toContain('client.restore_login("@bot-a:tz", "BOT", "T0")');
  });
});
