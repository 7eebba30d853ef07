import { chromium } from 'playwright-core';
const base = process.argv[2];
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
async function ctx(size) {
  const c = await browser.newContext({ viewport: size });
  const page = await c.newPage();
  page.setDefaultTimeout(8000);
  page.on('console', (m) => { if (['error','warning'].includes(m.type())) console.log('console:', m.text().slice(0,300)); });
  page.on('pageerror', (e) => console.log('pageerror:', e.message));
  page.on('response', (r) => { if (r.status() >= 400) console.log(r.status(), r.request().method(), r.url()); });
  page.on('request', (r) => { if (!r.url().startsWith(base)) console.log('LEAVES', r.url()); });
  return page;
}
const page = await ctx({ width: 1440, height: 900 });
await page.goto(base + '/');
await page.waitForTimeout(1500);
await page.screenshot({ path: '/tmp/real/1-signin.png' });
console.log('tiles', await page.locator('.tile').count());
await page.fill('#staff-number', 'xn0183'); await page.fill('#password', 'wrong'); await page.click('button[type=submit]');
await page.waitForTimeout(1500);
await page.screenshot({ path: '/tmp/real/2-wrong.png' });
await page.fill('#password', 'Tongzhou-2026'); await page.click('button[type=submit]');
await page.waitForTimeout(2500);
await page.screenshot({ path: '/tmp/real/3-home.png' });
await page.click('a[href="/im"]');
await page.waitForTimeout(1500);
const n = await page.locator('a.cv').count(); console.log('rooms', n);
await page.screenshot({ path: '/tmp/real/4-im.png' });
if (n) { await page.locator('a.cv').first().click(); await page.waitForTimeout(2500); await page.screenshot({ path: '/tmp/real/5-room.png' });
 await page.fill('#composer', '同舟测试：第一条消息'); await page.keyboard.press('Enter'); await page.waitForTimeout(1500); await page.screenshot({ path: '/tmp/real/6-sent.png' });
 console.log('copies', await page.locator('.bub:has-text("第一条消息")').count());
 await page.reload(); await page.waitForTimeout(2500); console.log('after reload', await page.locator('.bub:has-text("第一条消息")').count());
}
await browser.close();
