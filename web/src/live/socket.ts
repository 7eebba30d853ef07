/**
 * One live socket: says hello with the positions it has, reports what it took (every 32 frames, 128 KiB or 2 s), notices a dead
 * line and comes back with a jittered, growing delay. Knows nothing of rooms; the store does.
 */
import { reconnectDelay } from './backoff';
import { type Frame, parseFrame } from './frames';

export type LineStatus = 'idle' | 'connecting' | 'online' | 'waiting' | 'offline';

/** Until the welcome says how often to report. */
const REPORT = { frames: 1, bytes: 1 };
const REPORT_MS = 2000;
const PING_MS = 20_000;
const DEAD_MS = 45_000;
const OPEN_MS = 15_000;
const SIGNED_OUT = 4401;
/** Too many windows: this one, the oldest, comes back when somebody looks at it. */
const TOO_MANY = 4409;
/** Frames that come closer together are handled, and so drawn, together. */
const TOGETHER_MS = 16;

export interface LineHooks {
  hello: () => Record<string, unknown>;
  positions: () => Record<string, number>;
  /** The server does not know this session any more (closed with 4401). */
  onRefusedSession: () => void;
  onFrame: (frame: Frame) => void;
  onStatus: (status: LineStatus, attempt: number) => void;
  /** A frame that does not fit its schema; only its keys are told. */
  onBadFrame: (keys: string[]) => void;
}

export class LiveSocket {
  private socket: WebSocket | null = null;
  private status: LineStatus = 'idle';
  private attempt = 0;
  private frames = 0;
  private unreportedBytes = 0;
  private reportAfter = REPORT;
  private reportedFrames = 0;
  private lastHeard = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private ticker: ReturnType<typeof setInterval> | undefined;
  private isWanted = false;
  private queue: (ArrayBuffer | string)[] = [];
  private lastDrain = 0;
  private drainTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly url: string,
    private readonly hooks: LineHooks,
  ) {}

  start(): void {
    if (this.isWanted) return;
    this.isWanted = true;
    this.attempt = 0;
    window.addEventListener('online', this.onOnline);
    window.addEventListener('offline', this.onOffline);
    document.addEventListener('visibilitychange', this.onVisible);
    this.connect();
  }

  stop(): void {
    this.isWanted = false;
    clearTimeout(this.retryTimer);
    window.removeEventListener('online', this.onOnline);
    window.removeEventListener('offline', this.onOffline);
    document.removeEventListener('visibilitychange', this.onVisible);
    this.drop();
    this.setStatus('idle');
  }

  /** False when the line is not up; nothing is queued here. */
  send(frame: Record<string, unknown>): boolean {
    if (this.status !== 'online' || this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  retryNow(): void {
    if (!this.isWanted || this.status === 'online') return;
    clearTimeout(this.retryTimer);
    this.drop();
    this.connect();
  }

  /** The server dropped frames because we lagged: go on from our positions, with all that we took. */
  private resume(): void {
    this.reportedFrames = this.frames;
    this.unreportedBytes = 0;
    this.send({ type: 'resume', frames: this.frames, positions: this.hooks.positions() });
  }

  private readonly onOnline = (): void => this.retryNow();
  private readonly onOffline = (): void => {
    this.drop();
    clearTimeout(this.retryTimer);
    this.setStatus('offline');
  };
  private readonly onVisible = (): void => {
    if (document.visibilityState === 'visible' && this.status === 'waiting') this.retryNow();
  };

  private connect(): void {
    if (!this.isWanted) return;
    this.setStatus('connecting');
    const socket = new WebSocket(this.url);
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    this.frames = 0;
    this.reportedFrames = 0;
    this.unreportedBytes = 0;
    this.reportAfter = REPORT;
    this.lastHeard = Date.now();
    socket.onopen = () => {
      if (this.socket === socket) socket.send(JSON.stringify({ type: 'hello', v: 1, ...this.hooks.hello() }));
    };
    socket.onmessage = (message: MessageEvent<ArrayBuffer | string>) => {
      if (this.socket === socket) this.enqueue(message.data);
    };
    socket.onclose = (event) => {
      if (this.socket !== socket) return;
      this.drain();
      if (event.code === SIGNED_OUT) this.hooks.onRefusedSession();
      this.lost(event.code === TOO_MANY);
    };
    clearInterval(this.ticker);
    this.ticker = setInterval(() => this.tick(), REPORT_MS);
  }

  /** The first frame after a pause is handled at once; a burst costs one drawing for each 16 ms, not one for each. */
  private enqueue(data: ArrayBuffer | string): void {
    this.lastHeard = Date.now();
    this.queue.push(data);
    if (this.drainTimer !== undefined) return;
    const wait = this.lastDrain + TOGETHER_MS - Date.now();
    if (wait <= 0) this.drain();
    else this.drainTimer = setTimeout(() => this.drain(), wait);
  }

  private drain(): void {
    clearTimeout(this.drainTimer);
    this.drainTimer = undefined;
    this.lastDrain = Date.now();
    const queue = this.queue;
    this.queue = [];
    for (const data of queue) this.take(data);
  }

  private take(data: ArrayBuffer | string): void {
    this.frames += 1;
    this.unreportedBytes += typeof data === 'string' ? data.length : data.byteLength;
    const parsed = parseFrame(data);
    if (!parsed.ok) this.hooks.onBadFrame(parsed.keys);
    else {
      if (parsed.frame.type === 'welcome') {
        this.attempt = 0;
        this.reportAfter = parsed.frame.report;
        this.setStatus('online');
      }
      if (parsed.frame.type === 'resume') this.resume();
      this.hooks.onFrame(parsed.frame);
    }
    if (this.frames - this.reportedFrames >= this.reportAfter.frames || this.unreportedBytes >= this.reportAfter.bytes) this.report();
  }

  private report(): void {
    if (this.frames === this.reportedFrames) return;
    if (!this.send({ type: 'pos', frames: this.frames })) return;
    this.reportedFrames = this.frames;
    this.unreportedBytes = 0;
  }

  private tick(): void {
    const silent = Date.now() - this.lastHeard;
    if (silent > (this.status === 'online' ? DEAD_MS : OPEN_MS)) {
      this.drop();
      this.lost();
      return;
    }
    this.report();
    if (silent > PING_MS) this.send({ type: 'ping' });
  }

  private lost(isSurplus = false): void {
    this.drop();
    if (!this.isWanted) return;
    this.attempt += 1;
    this.setStatus(navigator.onLine ? 'waiting' : 'offline');
    if (isSurplus) return;
    this.retryTimer = setTimeout(() => this.connect(), reconnectDelay(this.attempt));
  }

  private drop(): void {
    clearInterval(this.ticker);
    clearTimeout(this.drainTimer);
    this.drainTimer = undefined;
    // What was not handled is sent again from our positions.
    this.queue = [];
    const socket = this.socket;
    this.socket = null;
    if (socket && socket.readyState <= WebSocket.OPEN) socket.close(1000);
  }

  private setStatus(status: LineStatus): void {
    this.status = status;
    this.hooks.onStatus(status, this.attempt);
  }
}
