// Opens pages in Chromium. Reads {chromium, views: [{url, width, picture}]} and writes what each view shows, a line each.
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

import { inspect } from './inspect.mjs';

const DEADLINE = 60_000;
const HEIGHT = 800;
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'];
const QUIET = ['--disable-background-networking', '--disable-component-update', '--force-color-profile=srgb'];

const { executable, views } = JSON.parse(readFileSync(0, 'utf8'));
const browser = await chromium.launch({ executablePath: executable, args: [...ARGUMENTS, ...QUIET] });
for (const view of views) {
  console.log(JSON.stringify(await draw(view)));
}
await browser.close();

async function draw({ url, width, picture, clip }) {
  const page = await browser.newPage({ viewport: { width, height: HEIGHT }, timezoneId: 'UTC', locale: 'en-GB' });
  const console_ = [];
  page.on('console', (message) => message.type() === 'error' && console_.push(message.text()));
  page.on('pageerror', (error) => console_.push(String(error)));
  page.on('requestfailed', (request) => console_.push(`${request.url()} ${request.failure()?.errorText}`));
  try {
    await page.goto(url);
    await page.waitForFunction(() => ['drawn', 'failed'].includes(document.body.dataset.state), null, { timeout: DEADLINE });
    const height = await page.evaluate(() => Math.ceil(document.querySelector('main')?.scrollHeight ?? 0));
    await page.setViewportSize({ width, height });
    await page.evaluate(() => document.fonts.ready);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    await page.waitForLoadState('networkidle');
    const panels = await page.evaluate(inspect);
    if (picture) {
      await page.screenshot({ path: picture, clip: clip ? { x: 0, y: 0, width, height: Math.min(clip, height) } : undefined });
    }
    return { url, console: console_, panels };
  } catch (error) {
    return { url, console: [...console_, String(error)], panels: [] };
  } finally {
    await page.close();
  }
}
