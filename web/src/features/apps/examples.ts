/** What an app's maker copies: a signed call by curl and by Python, filled with the app's key. Pure. */
import type { Example } from '@/features/admin/bots/examples';

const ITEM = { items: [{ id: 'A-1', person: '工号', title: '初审一件施工许可', link: 'https://sp.example.gov.cn/case/1', due_at: '2026-12-01T17:00:00+08:00' }] };
const PATH = '/api/v1/apps/pending';

function curl(base: string, key: string, secret: string): string {
  return [
    `KEY='${key}'; SECRET='${secret}'`,
    `BODY='${JSON.stringify(ITEM)}'`,
    'STAMP=$(date +%s); NONCE=$(openssl rand -hex 12)',
    'DIGEST=$(printf %s "$BODY" | openssl dgst -sha256 -r | cut -d" " -f1)',
    `SIGN=$(printf 'POST\\n${PATH}\\n%s\\n%s\\n%s' "$STAMP" "$NONCE" "$DIGEST" | openssl dgst -sha256 -hmac "$SECRET" -r | cut -d" " -f1)`,
    `curl -X POST '${base}${PATH}' -H 'Content-Type: application/json' \\`,
    '  -H "X-App-Key: $KEY" -H "X-App-Timestamp: $STAMP" -H "X-App-Nonce: $NONCE" -H "X-App-Signature: $SIGN" \\',
    '  --data-binary "$BODY"',
  ].join('\n');
}

function python(base: string, key: string, secret: string): string {
  return [
    'import hashlib, hmac, json, secrets, time, urllib.request',
    '',
    `BASE, KEY, SECRET = ${JSON.stringify(base)}, ${JSON.stringify(key)}, ${JSON.stringify(secret)}`,
    '',
    '',
    'def call(path, content):',
    '    body = json.dumps(content).encode()',
    '    stamp, nonce = str(int(time.time())), secrets.token_hex(12)',
    '    digest = hashlib.sha256(body).hexdigest()',
    '    text = f"POST\\n{path}\\n{stamp}\\n{nonce}\\n{digest}"',
    '    signature = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()',
    '    headers = {"Content-Type": "application/json", "X-App-Key": KEY, "X-App-Timestamp": stamp,',
    '               "X-App-Nonce": nonce, "X-App-Signature": signature}',
    '    request = urllib.request.Request(BASE + path, data=body, headers=headers, method="POST")',
    '    with urllib.request.urlopen(request) as answer:',
    '        return json.load(answer)',
    '',
    '',
    `print(call("${PATH}", ${JSON.stringify(ITEM)}))`,
    'print(call("/api/v1/apps/pending/done", {"ids": ["A-1"]}))',
    'print(call("/api/v1/apps/rooms", {"id": "C-1", "name": "并联审批", "people": ["工号"]}))',
    'print(call("/api/v1/apps/rooms/close", {"id": "C-1"}))',
  ].join('\n');
}

export const appExamples = (base: string, key: string, secret: string): Example[] => [
  { key: 'curl', code: curl(base, key, secret) },
  { key: 'python', code: python(base, key, secret) },
];
