/**
 * The watermark over everything: name, last digits, unit, date (and 演示数据 in the demo). Drawn as an SVG pattern,
 * so no data: address is needed, and put back when someone removes it from the page.
 */
import { computed, onMounted, onUnmounted, watch } from 'vue';

import { t } from '@/i18n';
import { isoDate, serverNow } from '@/lib/time';
import { useSession } from '@/stores/session';

const SVG = 'http://www.w3.org/2000/svg';

function svgElement(name: string, attributes: Record<string, string>): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function draw(lines: string[]): HTMLElement {
  const layer = document.createElement('div');
  layer.className = 'tz-watermark';
  layer.setAttribute('aria-hidden', 'true');
  const svg = svgElement('svg', { width: '100%', height: '100%' });
  const pattern = svgElement('pattern', {
    id: 'tz-watermark', width: '320', height: '200', patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(-18)',
  });
  lines.forEach((line, index) => {
    const text = svgElement('text', {
      x: String(24 + index * 30), y: String(96 + index * 22), 'font-size': index ? '13' : '15', fill: 'currentColor',
    });
    text.textContent = line;
    pattern.appendChild(text);
  });
  const defs = svgElement('defs', {});
  defs.appendChild(pattern);
  svg.appendChild(defs);
  svg.appendChild(svgElement('rect', { width: '100%', height: '100%', fill: 'url(#tz-watermark)' }));
  layer.appendChild(svg);
  return layer;
}

export function useWatermark(): void {
  const session = useSession();
  const lines = computed<string[]>(() => {
    const me = session.me;
    if (!me) return [];
    const tail = me.staff_number.slice(-4);
    const unit = session.acting?.unit_short_name ?? session.acting?.unit_name ?? '';
    const date = isoDate(serverNow());
    return [`${me.name} ${tail}${unit ? ` · ${unit}` : ''}`, me.demo ? `${date} ${t('app.demoMark')}` : date];
  });
  let layer: HTMLElement | null = null;
  const observer = new MutationObserver(() => {
    if (layer && !layer.isConnected) document.body.appendChild(layer);
  });

  function redraw(): void {
    const next = lines.value.length > 0 ? draw(lines.value) : null;
    const previous = layer;
    layer = next;
    previous?.remove();
    if (next) document.body.appendChild(next);
  }
  watch(lines, redraw);
  onMounted(() => {
    redraw();
    observer.observe(document.body, { childList: true });
  });
  onUnmounted(() => observer.disconnect());
}
