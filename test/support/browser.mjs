/** A headless Chromium that talks to nothing but the VS Code server under test. */
import { chromium } from 'playwright-core';
import { ensureBrowser } from '../../scripts/ensure.mjs';

export async function launchBrowser() {
  return chromium.launch({
    executablePath: await ensureBrowser(),
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
    ],
  });
}

/** Everything but the server itself is refused at once, so that no test waits for a look-up that must fail. */
export function closeNetwork(page) {
  return page.route(
    (url) => url.hostname !== '127.0.0.1',
    (route) => route.abort(),
  );
}
