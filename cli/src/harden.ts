/**
 * `value.__proto__ = …` with a name that came from outside would change what other objects are made of. Nothing of ours and of
 * what we use needs this way to a prototype. The same as `node --disable-proto=delete`, however we are started; to be
 * imported before all else.
 */
Reflect.deleteProperty(Object.prototype, "__proto__");
