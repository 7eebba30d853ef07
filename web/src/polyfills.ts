// Chromium 87 to 92 lack Object.hasOwn, which a dependency calls; everything else newer is compiled away.
if (typeof (Object as { hasOwn?: unknown }).hasOwn !== 'function') {
  Object.defineProperty(Object, 'hasOwn', {
    value: (target: object, key: PropertyKey): boolean => Object.prototype.hasOwnProperty.call(target, key),
    configurable: true,
    writable: true,
  });
}
