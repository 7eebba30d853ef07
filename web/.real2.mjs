import { chromium } from 'playwright-core';
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const page = await (await browser.newContext()).newPage();
page.on('console', (m) => console.log(m.type(), m.text(), JSON.stringify(m.location())));
const r = await page.goto(process.argv[2] + '/sign-in'); console.log(r.headers()['content-security-policy']);
await page.waitForTimeout(1000);
await browser.close();
