/** A browser's user agent as people say it: Chrome 120 · Windows. Other text stays as it is. Pure. */
const BROWSERS: [RegExp, string][] = [
  [/Edg\/(\d+)/, 'Edge'],
  [/QAXBrowser\/(\d+)|Qaxbrowser\/(\d+)/i, '奇安信浏览器'],
  [/Firefox\/(\d+)/, 'Firefox'],
  [/Chrome\/(\d+)/, 'Chrome'],
  [/Version\/(\d+).*Safari/, 'Safari'],
];
const SYSTEMS: [RegExp, string][] = [
  [/Windows/, 'Windows'],
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Mac OS X/, 'macOS'],
  [/UOS/i, 'UOS'],
  [/Kylin/i, '麒麟'],
  [/Linux/, 'Linux'],
];

export function browserName(agent: string): string {
  if (!/^Mozilla\//.test(agent)) return agent;
  const browser = BROWSERS.map(([pattern, name]) => {
    const match = pattern.exec(agent);
    return match ? `${name} ${match[1] ?? match[2] ?? ''}`.trim() : '';
  }).find(Boolean);
  const system = SYSTEMS.find(([pattern]) => pattern.test(agent))?.[1];
  return [browser, system].filter(Boolean).join(' · ') || agent.slice(0, 40);
}
