declare module 'bpmn-js-i18n/translations/zn.js' {
  const words: Record<string, string>;
  export default words;
}
declare module 'bpmn-moddle' {
  export const BpmnModdle: new (packages?: object) => unknown;
}
declare module 'bpmn-auto-layout' {
  export const layoutProcess: (xml: string) => Promise<string>;
}
