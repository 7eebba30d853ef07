/** The connection banner: nothing for a blink, amber while reconnecting, grey offline, green for three seconds after. */
import { ref } from 'vue';

import type { LineStatus } from './socket';

export type Banner = 'none' | 'reconnecting' | 'offline' | 'recovered';

const SHOW_AFTER_MS = 1500;
const RECOVERED_MS = 3000;

export class ConnectionBanner {
  readonly kind = ref<Banner>('none');
  /** Messages of others that came in since the line is back. */
  readonly caughtUp = ref(0);
  private isCounting = false;
  private wasOnline = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  reset(): void {
    this.later(null);
    this.kind.value = 'none';
    this.wasOnline = false;
  }

  lineChanged(status: LineStatus): void {
    if (status === 'offline') {
      this.later(null);
      this.kind.value = 'offline';
    } else if (status === 'waiting' && this.wasOnline && this.kind.value !== 'reconnecting' && this.timer === undefined) {
      this.later(() => {
        this.kind.value = 'reconnecting';
      }, SHOW_AFTER_MS);
    }
  }

  cameOnline(): void {
    this.later(null);
    this.wasOnline = true;
    if (this.kind.value !== 'reconnecting' && this.kind.value !== 'offline') {
      this.kind.value = 'none';
      return;
    }
    this.caughtUp.value = 0;
    this.isCounting = true;
    this.kind.value = 'recovered';
    this.later(() => {
      this.isCounting = false;
      if (this.kind.value === 'recovered') this.kind.value = 'none';
    }, RECOVERED_MS);
  }

  count(messages: number): void {
    if (this.isCounting) this.caughtUp.value += messages;
  }

  private later(act: (() => void) | null, delay = 0): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!act) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      act();
    }, delay);
  }
}
