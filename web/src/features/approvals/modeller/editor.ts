/**
 * bpmn-js with our extension, our words and only the elements that the platform runs. Loaded with the page that needs it,
 * never with the client.
 */
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn.css';
import AlignElements from 'bpmn-js/lib/features/align-elements';
import DistributeElements from 'bpmn-js/lib/features/distribute-elements';
import Modeler from 'bpmn-js/lib/Modeler';
import Viewer from 'bpmn-js/lib/Viewer';
import MoveCanvas from 'diagram-js/lib/navigation/movecanvas';

import type { Factory, Moddle } from './extension';
import descriptor from './tongzhou-moddle.json';
import { translate } from './words';

export interface Shape {
  id: string;
  type: string;
  businessObject: Moddle;
  x?: number;
  y?: number;
  width?: number;
  height?: number;
  waypoints?: { x: number; y: number }[];
}

type Entries = Record<string, unknown>;
interface Provider {
  getPaletteEntries?: () => Entries | ((entries: Entries) => Entries);
  getPopupMenuEntries?: () => (entries: Entries) => Entries;
  getContextPadEntries?: () => (entries: Entries) => Entries;
}
interface Services {
  canvas: { zoom: (to?: string | number, centre?: string | object) => number; scroll: (by: { dx: number; dy: number }) => void; viewbox: (box?: object) => { inner: { x: number; y: number; width: number; height: number } }; scrollToElement: (element: Shape) => void; addMarker: (element: Shape | string, marker: string) => void; removeMarker: (element: Shape | string, marker: string) => void; getRootElement: () => Shape; resized: () => void };
  elementRegistry: { get: (id: string) => Shape | undefined; filter: (test: (shape: Shape) => boolean) => Shape[] };
  modeling: { updateProperties: (shape: Shape, properties: Record<string, unknown>) => void; updateModdleProperties: (shape: Shape, holder: Moddle, properties: Record<string, unknown>) => void };
  bpmnFactory: Factory;
  moddle: { createAny: (name: string, uri: string, properties: Record<string, unknown>) => Moddle };
  selection: { select: (shape: Shape | null) => void; get: () => Shape[] };
  commandStack: { canUndo: () => boolean; canRedo: () => boolean; undo: () => void; redo: () => void };
  eventBus: { on: (event: string | string[], run: (event: { element?: Shape; newSelection?: Shape[] }) => void) => void };
  overlays: { add: (id: string, kind: string, overlay: { position: object; html: HTMLElement }) => string; remove: (filter: { type: string }) => void };
  palette: { registerProvider: (priority: number, provider: Provider) => void };
  popupMenu: { registerProvider: (id: string, priority: number, provider: Provider) => void };
  contextPad: { registerProvider: (priority: number, provider: Provider) => void };
  elementFactory: { createShape: (of: { type: string }) => Shape };
  create: { start: (event: unknown, shape: Shape) => void };
}

export interface Editor {
  get: <K extends keyof Services>(name: K) => Services[K];
  importXML: (xml: string) => Promise<{ warnings: { message?: string }[] }>;
  saveXML: (options: { format: boolean }) => Promise<{ xml?: string }>;
  saveSVG: () => Promise<{ svg: string }>;
  destroy: () => void;
}

const UNUSED_TOOLS = ['create.data-object', 'create.data-store', 'create.group', 'create.intermediate-event', 'create.task'];
/** What the platform refuses is not offered. */
const UNUSED_KINDS = /script|manual|send|receive|message|signal|escalation|compensat|link|conditional|error|cancel|transaction|event-subprocess|event-based|complex|ad-?hoc|data-|toggle-(loop|participant)|multi-?instance/i;

const without = (entries: Entries, test: (key: string) => boolean): Entries => Object.fromEntries(Object.entries(entries).filter(([key]) => !test(key)));

function offer(palette: Services['palette'], popupMenu: Services['popupMenu'], contextPad: Services['contextPad'], elementFactory: Services['elementFactory'], create: Services['create'], words: (text: string) => string): void {
  const start = (event: unknown): void => create.start(event, elementFactory.createShape({ type: 'bpmn:UserTask' }));
  palette.registerProvider(500, {
    getPaletteEntries: () => (entries: Entries) => {
      const kept = Object.entries(without(entries, (key) => UNUSED_TOOLS.includes(key)));
      const task: [string, unknown] = ['create.user-task', { group: 'activity', className: 'bpmn-icon-user-task', title: words('Create task'), action: { dragstart: start, click: start } }];
      const at = kept.findIndex(([key]) => key.includes('subprocess'));
      kept.splice(at < 0 ? kept.length : at, 0, task);
      return Object.fromEntries(kept);
    },
  });
  popupMenu.registerProvider('bpmn-replace', 500, { getPopupMenuEntries: () => (entries: Entries) => without(entries, (key) => UNUSED_KINDS.test(key)) });
  contextPad.registerProvider(500, { getContextPadEntries: () => (entries: Entries) => without(entries, (key) => UNUSED_KINDS.test(key) || key === 'append.intermediate-event') });
}
offer.$inject = ['palette', 'popupMenu', 'contextPad', 'elementFactory', 'create', 'translate'];

const localised = { translate: ['value', translate] };
const tools = { __init__: [offer] };

/** Aligning and distributing bring pictures with inline styles, which the policy forbids. */
class Drawer extends (Modeler as unknown as new (options: object) => { getModules(): unknown[] }) {
  override getModules(): unknown[] {
    return super.getModules().filter((one) => one !== AlignElements && one !== DistributeElements);
  }
}

const COLOURS = { defaultFillColor: 'var(--shape-fill)', defaultStrokeColor: 'var(--shape-line)', defaultLabelColor: 'var(--shape-text)' };

export function makeEditor(container: HTMLElement, zh: boolean): Editor {
  const options = { container, bpmnRenderer: COLOURS, moddleExtensions: { tz: descriptor }, additionalModules: [tools, ...(zh ? [localised] : [])] };
  return new Drawer(options) as unknown as Editor;
}

export function makeViewer(container: HTMLElement, zh: boolean): Editor {
  // Moved by dragging only: the wheel stays with the page.
  const options = { container, bpmnRenderer: COLOURS, moddleExtensions: { tz: descriptor }, additionalModules: [MoveCanvas, ...(zh ? [localised] : [])] };
  return new (Viewer as unknown as new (options: object) => unknown)(options) as Editor;
}
