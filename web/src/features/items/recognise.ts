/** What a message says of a task: the deed, who is to do it, by when. A proposal for a form that says so. Pure. */
import { dayNumber, isoDate, partsOf } from '@/lib/time';

export interface Candidate {
  user_id: string;
  name: string;
  unit_name?: string;
}

export interface Recognised {
  title: string;
  /** Persons that the text names, mentions first. */
  people: string[];
  /** The words about the time, as written; empty when there are none. */
  phrase: string;
  /** YYYY-MM-DD where the words need no working calendar; else null. */
  due: string | null;
}

const DAY_MS = 86_400_000;
const NUMBER = '[0-9一二两三四五六七八九十]{1,3}';
const CLOCK = '(?:(?:上午|下午|晚上|中午)?[0-9]{1,2}(?:[:：][0-9]{2}|[点时](?:半|[0-9]{1,2}分?)?))';
const DAY = [
  '(?:[0-9]{4}年)?[0-9]{1,2}月[0-9]{1,2}[日号]', '[0-9]{1,2}月底', '(?:本月|这个月|下月|下个月)底?[0-9]{0,2}[日号]?', '月底', '年底', '季度末',
  '(?:本|这|下)?(?:周|星期)[一二三四五六日天末]', '本周内?', '下周内?', '今[天日]', '明[天日]', '后天', '[0-9]{1,2}号',
  `${NUMBER}个?(?:工作日|自然日|小时|天|日|周|个月)(?:以?内|之内)`, '(?:节|假期|会)后一周内',
].join('|');
const PHRASE = new RegExp(`(?:请?(?:于|在))?((?:${DAY})(?:\\s*(?:${CLOCK}|上午|下午|晚上|中午|下班|上班))?|${CLOCK})\\s*(?:之前|以前|前|内)?`);

const DIGITS: Record<string, number> = { 一: 1, 二: 2, 两: 2, 三: 3, 四: 4, 五: 5, 六: 6, 七: 7, 八: 8, 九: 9, 十: 10 };

export function numberOf(word: string): number {
  if (/^\d+$/.test(word)) return Number(word);
  const [tens, ones] = word.split('十');
  if (word.includes('十')) return (tens ? (DIGITS[tens] ?? 0) : 1) * 10 + (ones ? (DIGITS[ones] ?? 0) : 0);
  return DIGITS[word] ?? 0;
}

/** The words about the time: what is handed to the calendar, and what is cut out of the title. */
export function phraseOf(text: string): { phrase: string; whole: string } {
  const found = PHRASE.exec(text);
  if (!found) return { phrase: '', whole: '' };
  const whole = found[0].trim();
  return { phrase: whole.replace(/^请?(于|在)/, ''), whole };
}

/** The day that the words mean, where a plain calendar is enough. Working days are the server's business. */
export function dayOf(phrase: string, now: number): string | null {
  const today = partsOf(now);
  const weekday = (today.weekday + 6) % 7; // 0 is Monday
  const after = (days: number): string => isoDate(now + days * DAY_MS);
  const on = (year: number, month: number, day: number): string | null => {
    const date = new Date(Date.UTC(year, month - 1, day));
    return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.toISOString().slice(0, 10) : null;
  };
  const monthEnd = (year: number, month: number): string => new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
  let found: RegExpExecArray | null;
  if (/工作日|小时|节后|假期后|会后/.test(phrase)) return null;
  if ((found = /(?:(\d{4})年)?(\d{1,2})月(\d{1,2})[日号]/.exec(phrase))) {
    const [, year, month, day] = found;
    const named = on(year ? Number(year) : today.year, Number(month), Number(day));
    // 1月5日, said in December, is next year's.
    return named && !year && Date.parse(named) / DAY_MS < dayNumber(now) - 31 ? on(today.year + 1, Number(month), Number(day)) : named;
  }
  if ((found = /(\d{1,2})月底/.exec(phrase))) return monthEnd(Number(found[1]) < today.month ? today.year + 1 : today.year, Number(found[1]));
  if (/(下月|下个月)底/.test(phrase)) return monthEnd(today.year, today.month + 1);
  if (/月底/.test(phrase)) return monthEnd(today.year, today.month);
  if (/年底/.test(phrase)) return on(today.year, 12, 31);
  if ((found = /(本|这|下)?(?:周|星期)([一二三四五六日天末])/.exec(phrase))) {
    const wanted = '一二三四五六日'.indexOf((found[2] ?? '').replace('天', '日').replace('末', '日'));
    const ahead = wanted - weekday + (found[1] === '下' ? 7 : 0);
    return after(!found[1] && ahead < 0 ? ahead + 7 : ahead);
  }
  if (/本周/.test(phrase)) return after(4 - weekday < 0 ? 0 : 4 - weekday);
  if (/下周/.test(phrase)) return after(11 - weekday);
  if (/今[天日]/.test(phrase)) return after(0);
  if (/明[天日]/.test(phrase)) return after(1);
  if (/后天/.test(phrase)) return after(2);
  if ((found = /^(\d{1,2})号/.exec(phrase))) {
    const day = Number(found[1]);
    return day >= today.day ? on(today.year, today.month, day) : on(today.month === 12 ? today.year + 1 : today.year, (today.month % 12) + 1, day);
  }
  if ((found = new RegExp(`(${NUMBER})个?(天|日|自然日|周)`).exec(phrase))) return after(numberOf(found[1] ?? '') * (found[2] === '周' ? 7 : 1));
  if (/^(上午|下午|晚上|中午)?\d{1,2}([:：]\d{2}|[点时])/.test(phrase)) return after(0);
  return null;
}

const POLITE = /^(?:收到|好的?|各位领导|各位同志|各位|大家好|您好|你好)[，。,！!：:\s]*/;
const ASKS = /请|务必|尽快|抓紧|要求|负责|牵头|落实|报送|上报|完成|确认|整理|提交|排查|核实/;
const EDGE = /^[\s，。、；：！？,.;:!?—-]+|[\s，。、；：！？,.;:!?—-]+$/g;
const LONGEST = 100;

/** The sentence that asks for something, without whom it calls, the time and the courtesy. */
export function titleOf(text: string, names: readonly string[]): string {
  const bare = text.replace(/\r/g, '').trim();
  const sentences = bare.split(/[。！？!?；;\n]+/).map((one) => one.trim()).filter(Boolean);
  const score = (one: string): number => (one.includes('@') ? 2 : 0) + (ASKS.test(one) ? 2 : 0) + (PHRASE.test(one) ? 1 : 0);
  const best = sentences.reduce((chosen, one) => (score(one) > score(chosen) ? one : chosen), sentences[0] ?? '');
  let title = best;
  for (const name of [...names].sort((one, other) => other.length - one.length)) title = title.split(`@${name}`).join(' ');
  title = title.replace(/@\S+/g, ' ').replace(POLITE, '');
  const { whole } = phraseOf(title);
  if (whole && title.replace(whole, '').replace(EDGE, '').length >= 4) title = title.replace(whole, '');
  title = title.replace(EDGE, '').replace(/^(?:还?(?:请|烦请|麻烦|望|务请|敬请)(?:您|你|各单位|大家|贵单位)?(?:务必)?)/, '');
  // Whom the sentence begins with is told beside the title, not in it.
  for (const name of names) {
    const found = new RegExp(`^${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?:同志|局长|主任|科长|处长|书记|县长|镇长)?[\\s，、,]*`).exec(title);
    if (found && title.slice(found[0].length).replace(EDGE, '').length >= 4) title = title.slice(found[0].length);
  }
  title = title.replace(/([，、])\1*(?=[，、])/g, '').replace(/\s+/g, ' ').replace(EDGE, '');
  return (title || bare).slice(0, LONGEST);
}

/** `mentioned`: user ids that the message calls by the picker. */
export function recognise(text: string, mentioned: readonly string[], members: readonly Candidate[], now: number): Recognised {
  const named = members.filter((one) => one.name.length >= 2 && text.includes(one.name)).map((one) => one.user_id);
  const known = new Set(members.map((one) => one.user_id));
  const people = [...new Set([...mentioned.filter((id) => known.has(id)), ...named])];
  const { phrase } = phraseOf(text);
  return { title: titleOf(text, members.map((one) => one.name)), people, phrase, due: phrase ? dayOf(phrase, now) : null };
}
