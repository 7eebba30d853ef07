// Looks at the built client's screens with fixtures: npm run build && npm run looks [-- folder [name…]]
// Every request is answered here, under the production policy; what the policy refuses or the page logs is printed.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';

import { chromium } from 'playwright-core';

import { answer, ROOM, rooms } from './fixtures.mjs';

const dist = resolve(import.meta.dirname, '../dist');
const [folder = '/tmp/looks', ...only] = process.argv.slice(2);
const ORIGIN = 'http://tongzhou.localhost';
const CSP = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.html': 'text/html', '.json': 'application/json' };
const chat = `/im/${encodeURIComponent(ROOM)}`;
const wide = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };
const SCREENS = [
  { name: 'sign-in', path: '/sign-in', size: wide, out: true },
  { name: 'sign-in-390', path: '/sign-in', size: phone, out: true },
  { name: 'chat', path: chat, size: wide },
  { name: 'chat-top', path: chat, size: wide, act: async (page) => page.evaluate(() => { document.querySelector('.msgs').scrollTop = 0; }) },
  { name: 'chat-form', path: chat, size: wide, act: async (page) => { await page.locator('button:has-text("反馈进展")').first().click(); } },
  { name: 'chat-receipt', path: chat, size: wide, act: async (page) => { await page.locator('.rcpt').first().click(); } },
  { name: 'chat-dark', path: chat, size: wide, prefs: { theme: 'dark' } },
  { name: 'chat-1024', path: chat, size: { width: 1024, height: 768 } },
  { name: 'chat-large', path: chat, size: wide, prefs: { large: true } },
  { name: 'chat-en', path: chat, size: wide, prefs: { locale: 'en' } },
  { name: 'chat-390', path: chat, size: phone },
  { name: 'chat-390-top', path: chat, size: phone, act: async (page) => page.evaluate(() => { document.querySelector('.msgs').scrollTop = 0; }) },
  { name: 'chat-390-form', path: chat, size: phone, act: async (page) => { await page.locator('button:has-text("反馈进展")').first().click(); } },
  { name: 'chat-390-large', path: chat, size: phone, prefs: { large: true } },
  { name: 'list-390', path: '/im', size: phone },
  { name: 'home', path: '/home', size: wide },
  { name: 'home-390', path: '/home', size: phone },
  { name: 'offline', path: chat, size: wide, act: async (page) => { await page.context().setOffline(true); await page.waitForTimeout(300); await page.fill('#composer', '离线时写的话'); await page.keyboard.press('Enter'); await page.waitForTimeout(700); } },
  { name: 'new-chat', path: chat, size: wide, act: async (page) => { await page.locator('.conv header .ib').click(); await page.fill('#new-chat-query', '罗'); await page.waitForTimeout(800); } },
  { name: 'new-chat-390', path: '/im', size: phone, act: async (page) => { await page.locator('.conv header .ib').first().click(); await page.fill('#new-chat-query', '罗'); await page.waitForTimeout(800); } },
  { name: 'devices', path: '/account/devices', size: wide },
  { name: 'menu', path: '/home', size: wide, act: async (page) => { await page.locator('.rail .me').click(); } },
];

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-background-networking'] });
let isBad = false;
for (const screen of SCREENS) {
  if (only.length > 0 && !only.includes(screen.name)) continue;
  const context = await browser.newContext({ viewport: screen.size, deviceScaleFactor: 1, hasTouch: screen.size.width < 500, isMobile: screen.size.width < 500 });
  await context.addInitScript((prefs) => localStorage.setItem('tz.prefs', JSON.stringify(prefs)), { theme: 'light', ...screen.prefs });
  const page = await context.newPage();
  page.setDefaultTimeout(5000);
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type()) && !/401|ERR_INTERNET/.test(message.text())) { console.log(`${screen.name}: ${message.text()}`); isBad = true; } });
  page.on('pageerror', (error) => { console.log(`${screen.name}: ${error.message}`); isBad = true; });
  await page.route('**/*', async (route) => {
    const request = route.request();
    const url = new URL(request.url());
    if (url.origin !== ORIGIN) { console.log(`${screen.name}: leaves the machine: ${url.origin}`); isBad = true; return route.abort(); }
    if (url.pathname.startsWith('/api/')) {
      if (screen.out && url.pathname.endsWith('/session')) return route.fulfill({ status: 401, json: { code: 'signed_out', message: '请登录' } });
      return route.fulfill({ json: answer(request.method(), url.pathname + url.search) });
    }
    const file = join(dist, url.pathname);
    const path = extname(url.pathname) && existsSync(file) ? file : join(dist, 'index.html');
    return route.fulfill({ body: readFileSync(path), contentType: TYPES[extname(path)], headers: { 'Content-Security-Policy': CSP } });
  });
  await page.routeWebSocket('**/live', (socket) => {
    socket.onMessage((message) => {
      const frame = JSON.parse(String(message));
      const send = (body) => socket.send(Buffer.from(JSON.stringify(body)));
      if (frame.type === 'hello') send({ type: 'welcome', v: 1, me: '@1001:tongzhou.localhost', acting: 'a1', rooms, person: 1, server_time: Date.now() });
      if (frame.type === 'send') send({ type: 'ack', acks: [{ txn: frame.txn, room: frame.room, event_id: `$${frame.txn}`, seq: 99, ts: Date.now() }] });
    });
  });
  await page.goto(ORIGIN + screen.path);
  await page.waitForTimeout(1200);
  try {
    await screen.act?.(page);
  } catch (error) {
    console.log(`${screen.name}: ${String(error).split('\n')[0]}`);
    isBad = true;
  }
  await page.waitForTimeout(500);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (overflow > 0) { console.log(`${screen.name}: scrolls sideways by ${overflow}px`); isBad = true; }
  await page.screenshot({ path: join(folder, `${screen.name}.png`) });
  await context.close();
}
await browser.close();
process.exitCode = isBad ? 1 : 0;
