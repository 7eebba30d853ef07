// The icon set of the mock-ups: 24 by 24, drawn with currentColor. One <symbol> each, referenced by name.
export const ICONS = {
  'apps':
    '<rect x="4" y="4" width="6.8" height="6.8" rx="2"/><rect x="13.2" y="4" width="6.8" height="6.8" rx="2"/><rect x="4" y="13.2" width="6.8" height="6.8" rx="2"/><circle cx="16.6" cy="16.6" r="3.4"/>',
  'arrow-down':
    '<path d="M12 5v14M6.5 13.5 12 19l5.5-5.5"/>',
  'arrow-right':
    '<path d="M4.5 12h15M14 6.5l5.5 5.5-5.5 5.5"/>',
  'arrow-up':
    '<path d="M12 19V5M6.5 10.5 12 5l5.5 5.5"/>',
  'at':
    '<circle cx="12" cy="12" r="3.6"/><path d="M15.6 8.5v5a2.4 2.4 0 0 0 4.7 0V12A8.3 8.3 0 1 0 17 18.6"/>',
  'back':
    '<path d="m14.5 6-6 6 6 6"/>',
  'bell':
    '<path d="M6.5 16.5V11a5.5 5.5 0 0 1 11 0v5.5l1.5 1.5H5z"/><path d="M10 20.5a2.3 2.3 0 0 0 4 0"/>',
  'bell-off':
    '<path d="M8.5 6.7A5.5 5.5 0 0 1 17.5 11v4M6.5 10v6.5L5 18h12.5M10 20.5a2.3 2.3 0 0 0 4 0M4 4l16 16"/>',
  'building':
    '<path d="M5 20.5V5.5A1.5 1.5 0 0 1 6.5 4h7A1.5 1.5 0 0 1 15 5.5v15M15 10h2.5A1.5 1.5 0 0 1 19 11.5v9M3 20.5h18M8.5 8h3M8.5 12h3M8.5 16h3"/>',
  'calendar':
    '<rect x="4" y="5" width="16" height="15.5" rx="2.5"/><path d="M4 10h16M8.5 3v4M15.5 3v4"/>',
  'chart':
    '<path d="M4 20h16"/><path d="M7 16.5v-5M12 16.5V5M17 16.5v-8"/>',
  'chat':
    '<path d="M4 6.8A2.8 2.8 0 0 1 6.8 4h10.4A2.8 2.8 0 0 1 20 6.8v6.4a2.8 2.8 0 0 1-2.8 2.8H11.5L7 20v-4h-.2A2.8 2.8 0 0 1 4 13.2z"/><path d="M8.3 8.4h7.4M8.3 11.6h4.4"/>',
  'check':
    '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
  'chevron-down':
    '<path d="m6 9.5 6 6 6-6"/>',
  'chevron-right':
    '<path d="m9.5 6 6 6-6 6"/>',
  'chevron-up':
    '<path d="m6 14.5 6-6 6 6"/>',
  'clip':
    '<path d="m19 11.5-7.3 7.3a4.5 4.5 0 0 1-6.4-6.4l7.8-7.7a3 3 0 0 1 4.3 4.3l-7.5 7.4a1.5 1.5 0 0 1-2.2-2.2l6.8-6.7"/>',
  'clock':
    '<circle cx="12" cy="12" r="8.3"/><path d="M12 7.5V12l3 2"/>',
  'close':
    '<path d="m6 6 12 12M18 6 6 18"/>',
  'compose':
    '<path d="M12 4.5H7A2.5 2.5 0 0 0 4.5 7v10A2.5 2.5 0 0 0 7 19.5h10a2.5 2.5 0 0 0 2.5-2.5v-5"/><path d="m10 14 .6-3L18 3.6a1.6 1.6 0 0 1 2.3 2.3L13 13.4z"/>',
  'copy':
    '<rect x="8.5" y="8.5" width="11" height="11" rx="2"/><path d="M5.5 15.5h-1v-9a2 2 0 0 1 2-2h9v1"/>',
  'document':
    '<path d="M6 3.5h8l4.5 4.5v12.5H6zM14 3.5V8h4.5M9 12.5h6M9 16h6"/>',
  'double-check':
    '<path d="m2.5 12.8 4 4 8-9M11.5 15.8l1.2 1 8.3-9"/>',
  'download':
    '<path d="M12 4v11M7.5 11 12 15.5 16.5 11M4.5 19.5h15"/>',
  'drop':
    '<path d="M12 3.5c3.5 4 6 7 6 10.5a6 6 0 0 1-12 0c0-3.5 2.5-6.5 6-10.5z"/><path d="M9 14.5a3 3 0 0 0 2.5 2.8"/>',
  'edit':
    '<path d="m4.5 19.5 1-4.5L16.5 4a1.8 1.8 0 0 1 3.5 3.5L9 18.5z"/>',
  'eye':
    '<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z"/><circle cx="12" cy="12" r="2.8"/>',
  'filter':
    '<path d="M4 6h16M7 12h10M10 18h4"/>',
  'flag':
    '<path d="M6 21V3.5"/><path d="M6 4.6c4-2 7.5 2 12.5 0v9c-5 2-8.5-2-12.5 0"/>',
  'globe':
    '<circle cx="12" cy="12" r="8.3"/><path d="M3.7 12h16.6M12 3.7c5 5 5 11.6 0 16.6M12 3.7c-5 5-5 11.6 0 16.6"/>',
  'history':
    '<path d="M4 12a8 8 0 1 0 2.5-5.8M4 4v4h4M12 8v4.5l3 1.8"/>',
  'horn':
    '<path d="M4 10v4.5h3.5L15 19V5.5L7.5 10z"/><path d="M18 9.5a4 4 0 0 1 0 5.5M20.5 7a7.5 7.5 0 0 1 0 10.5"/>',
  'id-card':
    '<rect x="3.5" y="5.5" width="17" height="13" rx="2.5"/><circle cx="9" cy="11" r="2"/><path d="M6 15.5a3.2 3.2 0 0 1 6 0M14.5 10h3M14.5 13.5h3"/>',
  'image':
    '<rect x="3.5" y="5" width="17" height="14" rx="2.5"/><circle cx="8.5" cy="10" r="1.6"/><path d="m4 17 5-4 3.5 2.8 3.5-3.3 4.5 4"/>',
  'key':
    '<circle cx="8" cy="15.5" r="4"/><path d="m11 12.5 8.5-8.5M16.5 7l3 3M14 9.5l2 2"/>',
  'large-type':
    '<path d="M3.5 18.5 8.5 6l5 12.5M5.2 14.5h6.6"/><path d="M15 18.5l3-7.5 3 7.5M16 16h4"/>',
  'link':
    '<path d="M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1"/>',
  'lock':
    '<rect x="5" y="10.5" width="14" height="9.5" rx="2.5"/><path d="M8 10.5V8a4 4 0 0 1 8 0v2.5M12 14.5v2"/>',
  'minus':
    '<path d="M6 12h12"/>',
  'mobile':
    '<rect x="7" y="3" width="10" height="18" rx="2.5"/><path d="M11 18h2"/>',
  'moon':
    '<path d="M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z"/>',
  'more':
    '<g fill="currentColor" stroke="none"><circle cx="5.5" cy="12" r="1.6"/><circle cx="12" cy="12" r="1.6"/><circle cx="18.5" cy="12" r="1.6"/></g>',
  'offline':
    '<path d="M3 9.5a13 13 0 0 1 5-3M21 9.5a13 13 0 0 0-8-3.5M6.5 13a8 8 0 0 1 3-1.8M17.5 13a8 8 0 0 0-2-1.4M10 16.5a3 3 0 0 1 4 0M12 19.5v.01M4 4l16 16"/>',
  'org':
    '<rect x="9" y="3.5" width="6" height="5" rx="1.5"/><rect x="3.5" y="15.5" width="6" height="5" rx="1.5"/><rect x="14.5" y="15.5" width="6" height="5" rx="1.5"/><path d="M12 8.5V12M6.5 15.5V14a2 2 0 0 1 2-2h7a2 2 0 0 1 2 2v1.5"/>',
  'panel':
    '<rect x="3.5" y="5" width="17" height="14" rx="2.5"/><path d="M14.5 5v14"/>',
  'people':
    '<circle cx="9.5" cy="8.5" r="3.4"/><path d="M3 19.5a6.6 6.6 0 0 1 13 0M16 5.4a3.4 3.4 0 0 1 0 6.2M18.2 14.6a6.5 6.5 0 0 1 3 4.9"/>',
  'person':
    '<circle cx="12" cy="8.2" r="3.7"/><path d="M4.8 20a7.3 7.3 0 0 1 14.4 0"/>',
  'phone':
    '<path d="M5 4.5h3.5l1.7 4.3-2.2 1.6a12 12 0 0 0 5.6 5.6l1.6-2.2 4.3 1.7V19a1.5 1.5 0 0 1-1.6 1.5A15.5 15.5 0 0 1 3.5 6.1 1.5 1.5 0 0 1 5 4.5z"/>',
  'pin':
    '<path d="M9 3.5h6l-.8 6 3.3 3.5H6.5l3.3-3.5zM12 13v7.5"/>',
  'place':
    '<path d="M12 21s-6.8-6-6.8-11.2a6.8 6.8 0 0 1 13.6 0C18.8 15 12 21 12 21z"/><circle cx="12" cy="9.8" r="2.5"/>',
  'play':
    '<path d="M7.5 5v14l11-7z"/>',
  'plug':
    '<path d="M9 3.5v5M15 3.5v5M6.5 8.5h11v3a5.5 5.5 0 0 1-11 0zM12 17v3.5"/>',
  'plus':
    '<path d="M12 5v14M5 12h14"/>',
  'qr':
    '<rect x="4" y="4" width="6" height="6" rx="1"/><rect x="14" y="4" width="6" height="6" rx="1"/><rect x="4" y="14" width="6" height="6" rx="1"/><path d="M14 14h2.5v2.5M20 14v2M14 20h2M19 19.5h1"/>',
  'reconnect':
    '<path d="M19.5 12a7.5 7.5 0 0 1-13.3 4.8M4.5 12a7.5 7.5 0 0 1 13.3-4.8M18.5 3.5v4h-4M5.5 20.5v-4h4"/>',
  'reply':
    '<path d="M9.5 6 4 11.5 9.5 17"/><path d="M4 11.5h9.5c4 0 6.5 2.5 6.5 6.5"/>',
  'robot':
    '<rect x="4.5" y="8" width="15" height="11" rx="3"/><path d="M12 8V4.5M9 12.8v1.2M15 12.8v1.2M2.5 12.5v2.5M21.5 12.5v2.5"/>',
  'rows':
    '<path d="M4.5 6h9M4.5 12h15M4.5 18h6"/>',
  'screen':
    '<rect x="3.5" y="4.5" width="17" height="11.5" rx="2"/><path d="M12 16v3.5M8.5 19.5h7"/>',
  'search':
    '<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/>',
  'send':
    '<path d="M20.5 3.5 10 14M20.5 3.5l-6.5 17-4-6.5L3.5 10z"/>',
  'shield':
    '<path d="M12 3.5 5 6v5.5c0 4.3 2.9 7.5 7 9 4.1-1.5 7-4.7 7-9V6z"/><path d="m9 12 2.2 2.2L15.2 10"/>',
  'sign-out':
    '<path d="M10 4.5H7A2.5 2.5 0 0 0 4.5 7v10A2.5 2.5 0 0 0 7 19.5h3M15.5 8l4 4-4 4M19.5 12H10"/>',
  'signal':
    '<path d="M5 18v-3M9.5 18v-6M14 18V9M18.5 18V5.5"/>',
  'sliders':
    '<path d="M4 7h9M17 7h3M4 17h3M11 17h9M4 12h4M12 12h8"/><circle cx="15" cy="7" r="2"/><circle cx="9" cy="17" r="2"/><circle cx="10" cy="12" r="2"/>',
  'smile':
    '<circle cx="12" cy="12" r="8.3"/><path d="M8.5 14.2c.9 1.2 2.1 1.8 3.5 1.8s2.6-.6 3.5-1.8M9 9.5v.6M15 9.5v.6"/>',
  'stamp':
    '<path d="M9.6 13c.7-1.8-1-3.3-1-5.3a3.4 3.4 0 0 1 6.8 0c0 2-1.7 3.5-1 5.3"/><path d="M5 17v-.5A3.5 3.5 0 0 1 8.5 13h7a3.5 3.5 0 0 1 3.5 3.5v.5z"/><path d="M5 20.5h14"/>',
  'sun':
    '<circle cx="12" cy="12" r="4"/><path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M18.4 5.6 17 7M7 17l-1.4 1.4"/>',
  'swap':
    '<path d="M4.5 8.5h14L15 5M19.5 15.5h-14L9 19"/>',
  'table':
    '<rect x="4" y="5" width="16" height="14" rx="2"/><path d="M4 10h16M4 14.5h16M10 10v9"/>',
  'task':
    '<rect x="5" y="5" width="14" height="15.5" rx="2.5"/><path d="M9 6.8V5a1.5 1.5 0 0 1 1.5-1.5h3A1.5 1.5 0 0 1 15 5v1.8z"/><path d="m8.8 13.4 2.3 2.3 4.2-4.7"/>',
  'trash':
    '<path d="M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.8 12.5h9.400L17.5 7M10 10.5v6M14 10.5v6"/>',
  'undo':
    '<path d="M8.5 5 4.5 9l4 4"/><path d="M4.5 9H14a5 5 0 0 1 0 10H8"/>',
  'upload':
    '<path d="M12 15.5V4.5M7.5 9 12 4.5 16.5 9M4.5 19.5h15"/>',
  'video':
    '<rect x="3.5" y="6.5" width="11.5" height="11" rx="2.5"/><path d="m15 11 5.5-3v8L15 13z"/>',
  'warning':
    '<path d="M12 4 2.8 19.5h18.4z"/><path d="M12 10v4.5M12 17v.01"/>',
} as const;

export type IconName = keyof typeof ICONS;
