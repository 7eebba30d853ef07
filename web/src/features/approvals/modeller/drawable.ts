/** Drawings of other tools as files and texts: read in the encoding they are in, and with a picture where they have none. */

const DECLARED = /^\s*<\?xml[^>]*\bencoding\s*=\s*["']([\w.-]+)["']/;

/** The encoding of a file: by its first bytes, else as its declaration says. */
export function encodingOf(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (first === 0x3c && second === 0) return 'utf-16le';
  if (first === 0 && second === 0x3c) return 'utf-16be';
  const said = DECLARED.exec(new TextDecoder('latin1').decode(bytes.subarray(0, 200)))?.[1]?.toLowerCase() ?? 'utf-8';
  try {
    new TextDecoder(said);
    return said;
  } catch {
    return 'utf-8';
  }
}

export async function textOf(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

interface Node {
  $type: string;
  sourceRef?: Node;
  targetRef?: Node;
  get: (name: 'incoming' | 'outgoing') => Node[];
}

/** What lays out asks each element for its lines, which many tools write at the lines alone. */
async function linked(xml: string): Promise<string> {
  const { BpmnModdle } = await import('bpmn-moddle');
  const moddle = new BpmnModdle() as { fromXML: (xml: string) => Promise<{ rootElement: Node; elementsById: Record<string, Node> }>; toXML: (root: Node) => Promise<{ xml: string }> };
  const { rootElement, elementsById } = await moddle.fromXML(xml);
  for (const flow of Object.values(elementsById).filter((one) => one.$type === 'bpmn:SequenceFlow')) {
    const from = flow.sourceRef?.get('outgoing');
    const to = flow.targetRef?.get('incoming');
    if (from && !from.includes(flow)) from.push(flow);
    if (to && !to.includes(flow)) to.push(flow);
  }
  return (await moddle.toXML(rootElement)).xml;
}

/** With a picture: a drawing without one is laid out, a drawing that has one comes back as it is. */
export async function drawable(xml: string): Promise<string> {
  if (/:?BPMNShape[\s>]/.test(xml)) return xml;
  const { layoutProcess } = await import('bpmn-auto-layout');
  return layoutProcess(await linked(xml));
}
