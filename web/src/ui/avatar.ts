/** Letters and ground colour of an avatar: stable for the same id, the last two characters of a Chinese name. */
export function hashOf(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index += 1) hash = (hash * 31 + text.charCodeAt(index)) >>> 0;
  return hash;
}

export function groundOf(id: string): string {
  return `c${hashOf(id) % 8}`;
}

const HAN = /\p{Script=Han}/u;

export function lettersOf(name: string, isGroup: boolean, isSmall: boolean): string {
  const trimmed = name.trim();
  if (!trimmed) return '·';
  const han = [...trimmed].filter((character) => HAN.test(character));
  if (han.length > 0) {
    if (isSmall) return (isGroup ? han[0] : han[han.length - 1]) ?? '';
    return (isGroup ? han.slice(0, 2) : han.slice(-2)).join('');
  }
  const words = trimmed.split(/[\s._-]+/).filter(Boolean);
  const first = words[0]?.[0] ?? '';
  const last = words.length > 1 ? (words[words.length - 1]?.[0] ?? '') : '';
  return (isSmall ? first : first + last).toUpperCase();
}
