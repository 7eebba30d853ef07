// Scrolls a long room of the built client: older pages must not move what is read, new messages neither; a burst must
// be drawn quickly and keep the reader at the end. npm run build && node scripts/scroll.mjs; exits 1 on a failure.
import { existsSync, readFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';

import { chromium } from 'playwright-core';

import { answer, people, ROOM, rooms } from './fixtures.mjs';

const dist = resolve(import.meta.dirname, '../dist');
const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.html': 'text/html' };
const COUNT = 3000;
const sentence = (index) => `第 ${index} 条 ${'字'.repeat((index * 7) % 90)}`;
const make = (seq, ts) => ({
  event_id: `$s${seq}`, room: ROOM, seq, n: seq, type: 'm.room.message', sender: people[1 + ((seq >> 2) % 4)].user_id, ts,
  content: { msgtype: 'm.text', body: sentence(seq) }, acting: { name: people[1 + ((seq >> 2) % 4)].name, unit: '', post: '' }, counts: true,
});
const all = Array.from({ length: COUNT }, (_, index) => make(index + 1, Date.now() - (COUNT - index) * 200_000));
const mine = rooms.map((room) => (room.room === ROOM ? { ...room, last: COUNT, n: COUNT, read: COUNT, unread: 0, mentions: 0 } : room));

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
await page.route('**/*', async (route) => {
  const url = new URL(route.request().url());
  if (url.pathname.endsWith('/timeline')) {
    const before = Number(url.searchParams.get('before') ?? Infinity);
    const items = all.filter((event) => event.seq < before).slice(-50);
    await new Promise((done) => setTimeout(done, 150));
    return route.fulfill({ json: { items, next: items[0]?.seq > 1 ? '1' : null, last: COUNT } });
  }
  if (url.pathname.startsWith('/api/')) return route.fulfill({ json: answer(route.request().method(), url.pathname + url.search) });
  const file = join(dist, url.pathname);
  const path = extname(url.pathname) && existsSync(file) ? file : join(dist, 'index.html');
  return route.fulfill({ body: readFileSync(path), contentType: TYPES[extname(path)] });
});
let socket;
const send = (body) => socket.send(Buffer.from(JSON.stringify(body)));
await page.routeWebSocket('**/live', (opened) => {
  socket = opened;
  opened.onMessage((message) => {
    if (JSON.parse(String(message)).type === 'hello') send({ type: 'welcome', v: 1, rooms: mine, person: 1, server_time: Date.now() });
  });
});
const say = (seq) => send({ type: 'events', room: ROOM, first: seq, last: seq, events: [make(seq, Date.now())] });

let isBad = false;
function expect(what, isRight, seen) {
  console.log(`${isRight ? 'ok  ' : 'FAIL'} ${what}: ${seen}`);
  if (!isRight) isBad = true;
}
const offsetOf = (seq) => page.evaluate((wanted) => {
  const box = document.querySelector('.msgs').getBoundingClientRect();
  const rows = [...document.querySelectorAll('.tl-row[data-seq]')];
  const row = wanted ? rows.find((one) => one.dataset.seq === wanted) : rows.find((one) => one.getBoundingClientRect().top >= box.top);
  return row ? [row.dataset.seq, Math.round(row.getBoundingClientRect().top - box.top)] : ['none', NaN];
}, seq ?? '');
const toEnd = () => page.evaluate(() => { const box = document.querySelector('.msgs'); return Math.round(box.scrollHeight - box.clientHeight - box.scrollTop); });

await page.goto(`http://tongzhou.localhost/im/${encodeURIComponent(ROOM)}`);
await page.waitForTimeout(2000);
expect('opens at the end', (await toEnd()) <= 1, await toEnd());
for (let round = 0; round < 4; round += 1) {
  await page.evaluate(() => { document.querySelector('.msgs').scrollTop = 300; });
  await page.waitForTimeout(60);
  const [seq, before] = await offsetOf();
  await page.waitForTimeout(700);
  const [, after] = await offsetOf(seq);
  expect('an older page in front moves nothing', Math.abs(after - before) <= 1, `${before} → ${after}`);
}
const rows = await page.locator('.tl-row').count();
expect('rows on the page stay few', rows < 80, rows);
const [seq, before] = await offsetOf();
for (let index = 1; index <= 20; index += 1) say(COUNT + index);
await page.waitForTimeout(800);
const [, after] = await offsetOf(seq);
expect('new messages move nothing', Math.abs(after - before) <= 1, `${before} → ${after}`);
await page.locator('.pill.bottom').click();
await page.waitForTimeout(800);
expect('回到最新 goes to the end', (await toEnd()) <= 1, await toEnd());
const start = Date.now();
for (let index = 21; index <= 220; index += 1) say(COUNT + index);
await page.waitForFunction((last) => document.querySelector(`.tl-row[data-seq="${last}"]`), String(COUNT + 220), { timeout: 20_000 });
expect('200 messages at once are drawn within 3 s', Date.now() - start < 3000, `${Date.now() - start} ms`);
await page.waitForTimeout(500);
expect('and the reader stays at the end', (await toEnd()) <= 1, await toEnd());
await browser.close();
process.exitCode = isBad ? 1 : 0;
