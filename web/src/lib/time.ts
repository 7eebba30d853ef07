/** Dates as the platform shows them: Asia/Shanghai, 24 h, relative within the day. Pure but for the server offset. */
const DAY_MS = 86_400_000;

let offsetMs = 0;

/** Countdowns follow the server's clock; called with each welcome frame. */
export function setServerTime(serverTime: string | number): void {
  const server = typeof serverTime === 'number' ? serverTime : Date.parse(serverTime);
  if (Number.isFinite(server)) offsetMs = server - Date.now();
}

export function serverNow(): number {
  return Date.now() + offsetMs;
}

export interface Parts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  weekday: number;
}

// Shanghai has kept UTC+8 without summer time since 1991, so a fixed shift is right and far faster than Intl.
export function partsOf(ms: number): Parts {
  const date = new Date(ms + 8 * 3_600_000);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    weekday: date.getUTCDay(),
  };
}

export function dayNumber(ms: number): number {
  return Math.floor((ms + 8 * 3_600_000) / DAY_MS);
}

const pad = (value: number): string => String(value).padStart(2, '0');

export function clockTime(ms: number): string {
  const parts = partsOf(ms);
  return `${pad(parts.hour)}:${pad(parts.minute)}`;
}

export function toMs(value: string | number): number {
  return typeof value === 'number' ? value : Date.parse(value.length === 10 ? `${value}T00:00:00+08:00` : value);
}

const WEEK_ZH = ['星期日', '星期一', '星期二', '星期三', '星期四', '星期五', '星期六'];
const WEEK_EN = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTH_EN = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export function monthDay(ms: number, locale: string, now = serverNow()): string {
  const parts = partsOf(ms);
  const sameYear = parts.year === partsOf(now).year;
  if (locale === 'en') return `${parts.day} ${MONTH_EN[parts.month - 1] ?? ''}${sameYear ? '' : ` ${parts.year}`}`;
  return `${sameYear ? '' : `${parts.year}年`}${parts.month}月${parts.day}日`;
}

export function weekday(ms: number, locale: string): string {
  return (locale === 'en' ? WEEK_EN : WEEK_ZH)[partsOf(ms).weekday] ?? '';
}

/** 15:40 today, 昨天, 7月18日 within the year: the time column of a list. */
export function shortTime(value: string | number, locale: string, now = serverNow()): string {
  const ms = toMs(value);
  const days = dayNumber(now) - dayNumber(ms);
  if (days === 0) return clockTime(ms);
  if (days === 1) return locale === 'en' ? 'Yesterday' : '昨天';
  return monthDay(ms, locale, now);
}

/** The divider between days: 今天 · 7月17日 星期五. */
export function dayLabel(value: string | number, locale: string, now = serverNow()): string {
  const ms = toMs(value);
  const days = dayNumber(now) - dayNumber(ms);
  const date = `${monthDay(ms, locale, now)} ${weekday(ms, locale)}`;
  if (days === 0) return locale === 'en' ? `Today · ${date}` : `今天 · ${date}`;
  if (days === 1) return locale === 'en' ? `Yesterday · ${date}` : `昨天 · ${date}`;
  return date;
}

export function fullTime(value: string | number): string {
  const ms = toMs(value);
  const parts = partsOf(ms);
  return `${parts.year}-${pad(parts.month)}-${pad(parts.day)} ${clockTime(ms)}`;
}

export function isoDate(ms: number): string {
  const parts = partsOf(ms);
  return `${parts.year}-${pad(parts.month)}-${pad(parts.day)}`;
}

/** 刚刚, 3 分钟前, 2 小时前, 4 天前. */
export function ago(value: string | number, locale: string, now = serverNow()): string {
  const minutes = Math.max(0, Math.floor((now - toMs(value)) / 60_000));
  if (locale === 'en') {
    if (minutes < 1) return 'just now';
    if (minutes < 60) return `${minutes} min ago`;
    return minutes < 1440 ? `${Math.floor(minutes / 60)} h ago` : `${Math.floor(minutes / 1440)} d ago`;
  }
  if (minutes < 1) return '刚刚';
  if (minutes < 60) return `${minutes} 分钟前`;
  return minutes < 1440 ? `${Math.floor(minutes / 60)} 小时前` : `${Math.floor(minutes / 1440)} 天前`;
}
