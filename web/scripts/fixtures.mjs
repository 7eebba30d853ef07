// Answers of an imaginary server, for looking at screens without one. Used by looks.mjs alone; never shipped.
const HOUR = 3_600_000;
const now = Date.now();
const iso = (ms) => new Date(ms).toISOString();
const day = (offset) => iso(now + offset * 24 * HOUR + 8 * HOUR).slice(0, 10);

const person = (id, name, unit, short, post) => ({ user_id: `@${id}:tongzhou.localhost`, name, kind: 'person', pinyin: '', initials: '', unit_id: null, unit_name: short, unit_short_name: short, post_title: post, is_owner: false });
export const people = [
  person('1001', '周牧远', '咸宁市政务服务和大数据管理局', '市政务和数据局', '副局长'),
  person('1002', '陆景川', '咸宁市自然资源和规划局', '市自然资源局', '科长'),
  person('1003', '罗清和', '咸宁市住房和城市更新局', '市住更局', '联络员'),
  person('1004', '贺临川', '咸宁市防汛抗旱指挥部办公室', '市防指办', '副主任'),
  person('1005', '韩以宁', '咸宁市民政局', '市民政局', '经办人'),
  { ...person('duban', '督办助手', '', '', ''), kind: 'bot' },
  { ...person('shuju', '数据助手', '', '', ''), kind: 'bot' },
];
export const me = {
  user_id: people[0].user_id, staff_number: '1001', name: '周牧远', device_id: 'W1',
  appointments: [
    { id: 'a1', post_id: 'p1', post_title: '副局长', post_role: 'deputy_head', unit_id: 'u1', unit_name: people[0].unit_name, unit_short_name: '市政务和数据局', kind: 'substantive', is_primary: true, valid_to: null },
    { id: 'a2', post_id: 'p2', post_title: '专班负责人', post_role: 'head', unit_id: 'u2', unit_name: '智慧城市建设专班', unit_short_name: '智慧城市专班', kind: 'concurrent', is_primary: false, valid_to: null },
  ],
  acting: 'a1', must_change_password: false, demo: true, roles: ['deputy_head'], verbs: ['item.report'],
};
export const personas = [
  ['lead', '专班负责人', '周牧远', '市政务和数据局'], ['handler', '局经办人', '韩以宁', '市民政局'], ['supervision', '督查专员', '顾言舟', '市政府督查室'],
  ['duty', '乡镇值班员', '池晚舟', '温泉街道'], ['leader', '市领导', '方既白', '市政府'], ['admin', '管理员', '宋闻笛', '市政务和数据局'],
].map(([key, label, name, unit]) => ({ key, label, hint: '', name, post_title: label, unit_name: unit, unit_short_name: unit }));

const ROOM = '!ganhe0000000000000000:tongzhou.localhost';
let seq = 0;
const acting = (who) => (who.kind === 'bot' ? { name: who.name, post: '', unit: '' } : { name: who.name, post: who.post_title, unit: who.unit_name });
function event(who, minutesAgo, content, extra = {}) {
  seq += 1;
  return { event_id: `$e${seq}`, room: ROOM, seq, n: seq, type: 'm.room.message', sender: who.user_id, ts: now - minutesAgo * 60_000, content, acting: acting(who), counts: true, ...extra };
}
const text = (body, extra = {}) => ({ msgtype: 'm.text', body, ...extra });
const card = (value) => ({ msgtype: 'm.notice', body: value.title, 'org.tongzhou.card': { v: 1, version: 1, fields: [], lines: [], actions: [], menu: [], source: '', as_of: iso(now - 3 * 60_000), subject: 's', ...value } });
const points = Array.from({ length: 24 }, (_, index) => [now - (23 - index) * HOUR, Math.round(26_410 + index * 60 + Math.sin(index) * 40)]);
const report = { name: 'report', label: '反馈进展', style: 'primary', input: [{ key: 'percent', label: '完成百分比', type: 'percent', required: true }, { key: 'text', label: '进展情况', type: 'text', required: true }] };
const extend = { name: 'ask_extension', label: '申请延期', style: 'plain', input: [{ key: 'due_on', label: '延至', type: 'date', required: true }, { key: 'reason', label: '理由', type: 'text', required: true }] };
const sign = { name: 'sign_for', label: '签收', style: 'primary', input: [] };
const [zhou, lu, luo, he, , duban, shuju] = people;

const river = (stale) => card({
  kind: 'status', title: '淦河 · 西河桥站水位', value: '27.83', stale, source: '市水利和湖泊局水情系统', as_of: iso(now - (stale ? 95 : 3) * 60_000),
  state: { code: 'yellow', word: stale ? '数据偏旧' : '接近警戒', because: '' },
  series: { unit: '米', decimals: 2, points, threshold: 28_000, threshold_label: '警戒' },
});
export const events = [
  event(he, 2900, text('各单位：今晚 18:30 会商改为视频，请准时接入。')),
  event(lu, 2890, text('收到。')),
  event({ ...lu }, 300, { membership: 'join', displayname: '韩以宁' }, { type: 'm.room.member', state_key: people[4].user_id, counts: undefined }),
  event(shuju, 96, river(false)),
  event(lu, 90, text('西河桥下游右岸巡查完毕，护坡无渗漏，水尺读数与平台一致。')),
  event(lu, 88, text('巡查照片已存 http://10.20.0.5/gh/0717 ，请核对。')),
  event(zhou, 80, text('收到。@罗清和 请把三处易涝点泵车位置标到时空平台上。', { 'm.mentions': { user_ids: [luo.user_id] }, 'm.relates_to': { 'm.in_reply_to': { event_id: '$e5' } } })),
  event(duban, 60, card({ kind: 'task', version: 7, subject: 'i12', number: '12', title: '排查三处易涝点泵站并上报台账', state: { code: 'yellow', word: '黄 · 今日到期', because: '' }, fields: [{ key: 'lead', label: '牵头', value: '市住房和城市更新局 罗清和' }, { key: 'support', label: '配合', value: '2 个单位' }, { key: 'due', label: '时限', value: '今天 18:00' }], progress: { percent: 66, planned: 70 }, actions: [report], menu: [extend], link: '/force/f1?item=i12' })),
  event(duban, 58, card({ kind: 'task', version: 2, subject: 'i13', number: '13', title: '区块链赋能政务协同平台（二期）基础设施扩容及国密改造', state: { code: 'grey', word: '未签收', because: '' }, fields: [{ key: 'lead', label: '牵头单位', value: '市政务服务和大数据管理局' }, { key: 'due', label: '时限', value: '2026年12月31日' }], progress: { percent: 0, planned: 4 }, actions: [sign], menu: [extend], link: '/force/f1?item=i13' })),
  event(duban, 30, card({ kind: 'digest', title: '淦河防汛应急专班 · 今日进展', fields: [{ key: 'counts', label: '共', value: '6项　红1　黄1　绿3　办结1' }], lines: [{ code: 'red', text: '3 温泉街道低洼小区人员转移清单核对 逾期 1 天', link: '/force/f1?item=1' }, { code: 'yellow', text: '12 排查三处易涝点泵站并上报台账 今日到期', link: '/force/f1?item=2' }, { code: 'green', text: '5 水尺读数与平台比对 92%', link: '/force/f1' }, { code: 'green', text: '6 应急物资点验', link: null }, { code: 'green', text: '7 值守排班', link: null }, { code: 'done', text: '1 成立专班', link: null }], link: '/force/f1' })),
  event(zhou, 20, text('@督办助手 台账')),
  event(shuju, 12, river(true)),
  event(he, 8, text('@周牧远 三处泵车位置已标注，请查收。', { 'm.mentions': { user_ids: [zhou.user_id] } })),
];
const others = [
  ['督办助手', 'direct', 3, 0, '3 项任务今日到期，1 项已逾期', 12], ['智慧城市建设专班', 'taskforce', 6, 0, '陆景川：核心交换机割接窗口定在周六', 40],
  ['沈砚秋', 'direct', 0, 0, '好，按这个方案报市政府办', 70], ['智慧社区服务平台推进群', 'work', 0, 0, '', 90], ['韩以宁', 'direct', 1, 0, '社区网格清单（第三版）', 130],
  ['时空大数据平台联调群', 'work', 28, 0, '罗清和：[图片]', 200], ['空气质量日调度', 'work', 0, 0, '许知夏：臭氧小时值回落到 138', 500], ['数据资源科', 'unit', 0, 0, '宋闻笛：周报模板更新', 900], ['政数局机关大群', 'unit', 0, 0, '工会：羽毛球活动改到下周三晚上', 2000],
];
export const rooms = [
  { room: ROOM, kind: 'taskforce', name: '淦河防汛应急专班', last: seq, n: seq, read: seq - 2, unread: 2, mentions: 1, level: 50, muted: false, pinned: true, archived: false, preview: events[events.length - 1], ts: events[events.length - 1].ts },
  ...others.map(([name, kind, unread, mentions, body, minutes], index) => ({ room: `!r${index}:tongzhou.localhost`, kind, name, last: 99, n: 99, read: 99 - unread, unread, mentions, level: 0, muted: index === 5, pinned: index === 0, archived: false, ts: now - minutes * 60_000, preview: body ? { ...events[1], event_id: `$p${index}`, seq: 99, content: text(body), acting: null } : null })),
];
const todo = (subject, title, code, due_on, detail) => ({ subject, title, code, due_on, detail, link: `/force/f1?item=${subject}` });
const pending = {
  total: 4,
  sources: [
    { source: 'sign_for', title: '待签收', count: 1, items: [todo('4', '4 IPv6 地址规划与分配表下发', 'green', day(7), '智慧城市建设专班 · 市政务和数据局 · 绿 · 正常')] },
    { source: 'report', title: '待反馈', count: 2, items: [todo('1', '1 温泉街道低洼小区人员转移清单核对', 'red', day(-1), '淦河防汛应急专班 · 市住更局 · 红 · 逾期1天'), todo('2', '12 排查三处易涝点泵站并上报台账', 'yellow', day(0), '淦河防汛应急专班 · 市住更局 · 黄 · 今日到期')] },
    { source: 'decide_extension', title: '待审批延期', count: 1, items: [todo('3', '7 社区网格清单补报', 'yellow', day(2), '智慧城市建设专班 · 市民政局 · 黄 · 剩2天')] },
  ],
};

export function answer(method, path) {
  const rest = path.replace(/^\/api\/v1/, '');
  const url = new URL(`http://x${rest}`);
  const route = decodeURIComponent(url.pathname);
  if (route === '/session') return me;
  if (route === '/session/personas') return { items: personas, next: null };
  if (route === '/session/devices') return { items: [{ id: 1, kind: 'web', display_name: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36', created_at: iso(now), last_seen_at: iso(now), last_seen_addr: '10.20.1.8', expires_at: null, is_this: true }, { id: 2, kind: 'web', display_name: 'Mozilla/5.0 (Windows NT 10.0) Chrome/109.0 Edg/109.0', created_at: iso(now), last_seen_at: iso(now - 5 * HOUR), last_seen_addr: '10.20.1.9', expires_at: null, is_this: false }], next: null };
  if (route === '/directory/people') return { items: people.slice(1, 4), next: null };
  if (route === '/rooms') return { items: rooms, next: null };
  if (route === '/pending') return pending;
  if (route === '/taskforces') return { items: [{ id: 'f1', room_id: ROOM }], next: null };
  if (route === '/cards/state') return { cards: [{ room: ROOM, event: '$e8', version: 7, abilities: ['report', 'ask_extension'], done: { sign_for: '您已签收 15:42' } }, { room: ROOM, event: '$e9', version: 2, abilities: ['sign_for', 'ask_extension'], done: {} }] };
  if (route.endsWith('/members')) return { items: people, next: null };
  if (route.endsWith('/timeline')) return { items: route.includes('ganhe') && !url.searchParams.get('before') && !url.searchParams.get('after') ? events : [], next: null, last: events.length };
  if (/\/events\/.*\/receipts$/.test(route)) return { read: people.slice(1, 3), unread: people.slice(3, 5) };
  if (route.endsWith('/receipts')) return { positions: [[13, 3], [6, 2]], members: 5 };
  if (/^\/rooms\/[^/]+$/.test(route)) return { room: ROOM, name: '淦河防汛应急专班', kind: 'taskforce', purpose: '淦河流域汛情会商与处置', ends_on: day(30), members: people.length, abilities: { post: true } };
  return method === 'GET' ? { items: [], next: null } : {};
}
export { ROOM };
