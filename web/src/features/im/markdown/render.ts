/** Markdown of the composer, and formatted messages from anywhere made safe to show. Pure but for the browser's parser. */
import DOMPurify from 'dompurify';
import MarkdownIt from 'markdown-it';

import type { Content } from '@/live/frames';

import { splitText } from '../text';

export const FORMAT = 'org.matrix.custom.html';
const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true }).disable(['image']);

/** Adds `formatted_body` when the text says more as Markdown than as it is. */
export function withMarkdown(content: Content): Content {
  const body = content['body'];
  if (content['msgtype'] !== 'm.text' || typeof body !== 'string') return content;
  const html = markdown.render(body).trim();
  return isPlain(html) ? content : { ...content, format: FORMAT, formatted_body: html };
}

/** Paragraphs, line breaks and bare links alone look the same as text. */
function isPlain(html: string): boolean {
  const text = html.replace(/<a href="([^"]*)">\1<\/a>/g, '$1').replace(/<a href="http:\/\/([^"]*)">\1<\/a>/g, '$1');
  return !/<(?!\/?p>|br\s*\/?>)/.test(text);
}

// Matrix Client-Server API, "m.room.message msgtypes": the tags and attributes that clients should take. No images: they
// would be fetched from wherever the sender says.
const TAGS = [
  'del', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'blockquote', 'p', 'a', 'ul', 'ol', 'sup', 'sub', 'li', 'b', 'i', 'u', 'strong', 'em',
  's', 'strike', 'code', 'hr', 'br', 'div', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'caption', 'pre', 'span', 'details', 'summary',
];
const ATTRIBUTES = ['href', 'start', 'colspan', 'rowspan'];
const LINKS = /^(?:https?|mailto|tel|matrix):/i;
const MAX_DEPTH = 40;

const purifier = DOMPurify();
purifier.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName !== 'A') return;
  if (!LINKS.test(node.getAttribute('href') ?? '')) return node.removeAttribute('href');
  // The words of a link may be another address than where it leads.
  node.setAttribute('title', node.getAttribute('href') ?? '');
  node.setAttribute('target', '_blank');
  node.setAttribute('rel', 'noopener noreferrer nofollow');
});

/** HTML that may be shown: Matrix's allow-list, nothing that runs or is fetched. The names that are mentioned are marked. */
export function safeHtml(html: string, names: readonly string[], myName: string): string {
  const fragment = purifier.sanitize(html.replace(/<mx-reply>[\s\S]*?<\/mx-reply>/gi, ''), {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ATTRIBUTES,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
  if (depthOf(fragment) > MAX_DEPTH) return escapeHtml(fragment.textContent ?? '');
  markNames(fragment, names, myName);
  const box = document.createElement('div');
  box.append(fragment);
  return box.innerHTML;
}

function depthOf(node: Node, depth = 0): number {
  if (depth > MAX_DEPTH) return depth;
  return Math.max(depth, ...[...node.childNodes].map((child) => depthOf(child, depth + 1)));
}

function escapeHtml(text: string): string {
  const box = document.createElement('div');
  box.textContent = text;
  return box.innerHTML;
}

function markNames(root: Node, names: readonly string[], myName: string): void {
  if (names.length === 0) return;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  while (walker.nextNode()) texts.push(walker.currentNode as Text);
  for (const text of texts) {
    if (text.parentElement?.closest('code, pre, a')) continue;
    const parts = splitText(text.data, names, myName);
    if (!parts.some((part) => part.kind === 'mention')) continue;
    text.replaceWith(
      ...parts.map((part) => {
        if (part.kind !== 'mention') return part.text;
        const mark = document.createElement('span');
        mark.className = part.isMe ? 'at is-me' : 'at';
        mark.textContent = part.text;
        return mark;
      }),
    );
  }
}
