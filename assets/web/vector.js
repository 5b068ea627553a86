// A 2D context that writes SVG: what views paint on it becomes shapes and text, and pictures where they use pixels.

const pen = document.createElement("canvas").getContext("2d"); // measures text, and spells fonts in one way
const SAID = /^(?:(\d+|bold|normal) )?([\d.]+)px (.+)$/;
const ANCHORS = { left: "start", start: "start", center: "middle", right: "end", end: "end" };
const BARRED = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g; // signs that XML cannot hold

const plain = {
  fillStyle: "black",
  strokeStyle: "black",
  lineWidth: 1,
  lineCap: "butt",
  lineJoin: "miter",
  globalAlpha: 1,
  font: "10px sans-serif",
  textAlign: "start",
  textBaseline: "alphabetic",
  imageSmoothingEnabled: true,
  dash: "",
  clipped: "",
};

export class Vector {
  constructor(width, height) {
    Object.assign(this, plain, { width, height, kept: [], at: new DOMMatrix(), d: "", shapes: [], defs: [] });
  }

  // the whole file
  text(title) {
    const { width, height, defs, shapes } = this;
    const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
    const body = [`<title>${escaped(title)}</title>`, `<defs>${defs.join("")}</defs>`, ...shapes];
    return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>\n${body.join("\n")}\n</svg>\n`;
  }

  // --- state -----------------------------------------------------------------------------------------

  save() {
    const state = Object.fromEntries(Object.keys(plain).map((key) => [key, this[key]]));
    this.kept.push({ ...state, at: DOMMatrix.fromMatrix(this.at) });
  }

  restore() {
    Object.assign(this, this.kept.pop());
  }

  translate(x, y) {
    this.at.translateSelf(x, y);
  }

  scale(x, y) {
    this.at.scaleSelf(x, y);
  }

  rotate(angle) {
    this.at.rotateSelf((angle * 180) / Math.PI);
  }

  setLineDash(lengths) {
    this.dash = lengths.map(short).join(" ");
  }

  clip() {
    const id = `c${this.defs.length}`;
    const outer = this.clipped && ` clip-path="url(#${this.clipped})"`;
    this.defs.push(`<clipPath id="${id}"${outer}><path d="${this.d}"${this.moved()}/></clipPath>`);
    this.clipped = id;
  }

  // --- paths -----------------------------------------------------------------------------------------

  beginPath() {
    this.d = "";
  }

  closePath() {
    this.d += "Z";
  }

  moveTo(x, y) {
    this.d += `M${short(x)} ${short(y)}`;
  }

  lineTo(x, y) {
    this.d += `${this.d ? "L" : "M"}${short(x)} ${short(y)}`;
  }

  bezierCurveTo(...places) {
    this.d += `C${places.map(short).join(" ")}`;
  }

  quadraticCurveTo(...places) {
    this.d += `Q${places.map(short).join(" ")}`;
  }

  rect(x, y, w, h) {
    this.d += `M${short(x)} ${short(y)}h${short(w)}v${short(h)}h${short(-w)}Z`;
  }

  roundRect(x, y, w, h, radius) {
    const r = Math.max(0, Math.min(radius, w / 2, h / 2));
    const turn = (dx, dy) => `a${short(r)} ${short(r)} 0 0 1 ${short(dx)} ${short(dy)}`;
    const [across, down] = [short(w - 2 * r), short(h - 2 * r)];
    this.d += `M${short(x + r)} ${short(y)}h${across}${turn(r, r)}v${down}${turn(-r, r)}h-${across}${turn(-r, -r)}v-${down}${turn(r, -r)}Z`;
  }

  arc(x, y, r, from, to, back = false) {
    const whole = Math.abs(to - from) >= 2 * Math.PI;
    const end = whole ? from + Math.PI : to;
    const place = (angle) => `${short(x + r * Math.cos(angle))} ${short(y + r * Math.sin(angle))}`;
    const swept = (((back ? from - end : end - from) % (2 * Math.PI)) + 2 * Math.PI) % (2 * Math.PI);
    const arc = (angle, large) => `A${short(r)} ${short(r)} 0 ${large} ${back ? 0 : 1} ${place(angle)}`;
    this.d += `${this.d && !this.d.endsWith("Z") ? "L" : "M"}${place(from)}`;
    this.d += whole ? `${arc(end, 1)}${arc(from, 1)}` : arc(end, swept > Math.PI ? 1 : 0);
  }

  // --- marks -----------------------------------------------------------------------------------------

  fill() {
    if (this.d) this.mark(`<path d="${this.d}" fill="${this.ink(this.fillStyle)}"`);
  }

  stroke() {
    if (this.d) this.mark(`<path d="${this.d}" fill="none"${this.line()}`);
  }

  fillRect(x, y, w, h) {
    this.mark(`<path d="M${short(x)} ${short(y)}h${short(w)}v${short(h)}h${short(-w)}Z" fill="${this.ink(this.fillStyle)}"`);
  }

  strokeRect(x, y, w, h) {
    this.mark(`<path d="M${short(x)} ${short(y)}h${short(w)}v${short(h)}h${short(-w)}Z" fill="none"${this.line()}`);
  }

  fillText(text, x, y, room) {
    this.write(text, x, y, room, ` fill="${this.ink(this.fillStyle)}"`);
  }

  strokeText(text, x, y, room) {
    this.write(text, x, y, room, ` fill="none"${this.line()}`);
  }

  measureText(text) {
    pen.font = this.font;
    return pen.measureText(text);
  }

  createLinearGradient(...ends) {
    return new Gradient(this, ends);
  }

  // (picture, x, y, w, h), or a part of the picture first; as many pixels as it has
  drawImage(picture, ...numbers) {
    const whole = [0, 0, picture.naturalWidth ?? picture.width, picture.naturalHeight ?? picture.height];
    const [sx, sy, sw, sh, x, y, w, h] = numbers.length > 4 ? numbers : [...whole, ...numbers];
    const part = document.createElement("canvas");
    Object.assign(part, { width: Math.max(1, Math.round(sw)), height: Math.max(1, Math.round(sh)) });
    part.getContext("2d").drawImage(picture, sx, sy, sw, sh, 0, 0, part.width, part.height);
    const crisp = this.imageSmoothingEnabled ? "" : ' style="image-rendering:pixelated"';
    const box = `x="${short(x)}" y="${short(y)}" width="${short(w)}" height="${short(h)}"`;
    this.mark(`<image ${box} preserveAspectRatio="none"${crisp} href="${part.toDataURL()}"`);
  }

  // an SVG element as it is
  embed(element) {
    this.mark("<g", `>${new XMLSerializer().serializeToString(element)}</g>`);
  }

  // --- how marks are written -------------------------------------------------------------------------

  mark(begun, end = "/>") {
    const alpha = this.globalAlpha < 1 ? ` opacity="${short(this.globalAlpha)}"` : "";
    const drawn = `${begun}${this.moved()}${alpha}${end}`;
    // around it: a clip on the mark itself would be moved with it
    this.shapes.push(this.clipped ? `<g${this.within()}>${drawn}</g>` : drawn);
  }

  write(text, x, y, room, ink) {
    pen.font = this.font;
    const [, weight = "400", size, family] = SAID.exec(pen.font);
    const high = (textBaseline) => (Object.assign(pen, { textBaseline }), pen.measureText(text).fontBoundingBoxAscent);
    const base = y + high("alphabetic") - high(this.textBaseline);
    const tight = room && this.measureText(text).width > room ? ` textLength="${short(room)}" lengthAdjust="spacingAndGlyphs"` : "";
    const font = `font-family="${escaped(family)}" font-size="${size}" font-weight="${weight}"`;
    const place = `x="${short(x)}" y="${short(base)}" text-anchor="${ANCHORS[this.textAlign]}" xml:space="preserve"`;
    this.mark(`<text ${place} ${font}${tight}${ink}`, `>${escaped(text)}</text>`);
  }

  ink(style) {
    return typeof style === "string" ? style : style.url();
  }

  line() {
    const dash = this.dash && ` stroke-dasharray="${this.dash}"`;
    const shape = ` stroke-linecap="${this.lineCap}" stroke-linejoin="${this.lineJoin}"`;
    return ` stroke="${this.ink(this.strokeStyle)}" stroke-width="${short(this.lineWidth)}"${shape}${dash}`;
  }

  moved() {
    const { a, b, c, d, e, f } = this.at;
    return this.at.isIdentity ? "" : ` transform="matrix(${[a, b, c, d, e, f].map(short).join(" ")})"`;
  }

  within() {
    return this.clipped && ` clip-path="url(#${this.clipped})"`;
  }
}

class Gradient {
  constructor(file, ends) {
    Object.assign(this, { file, ends, stops: [] });
  }

  addColorStop(offset, colour) {
    this.stops.push(`<stop offset="${short(offset)}" stop-color="${colour}"/>`);
  }

  url() {
    const { file, ends, stops } = this;
    this.id ??= `g${file.defs.length}`;
    const [x1, y1, x2, y2] = ends.map(short);
    const place = `gradientUnits="userSpaceOnUse" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"`;
    file.defs.push(`<linearGradient id="${this.id}" ${place}>${stops.join("")}</linearGradient>`);
    return `url(#${this.id})`;
  }
}

const short = (value) => +value.toFixed(3);
const escaped = (text) =>
  String(text).toWellFormed().replace(BARRED, "\ufffd").replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
