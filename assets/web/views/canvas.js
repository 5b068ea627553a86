// A sheet of canvas that fills its card: sharp on any screen, redrawn when card or theme changes.

export const clamp = (x, low, high) => Math.min(high, Math.max(low, x));

export class Sheet {
  // paint(c, view, sheet) draws one frame; c is scaled so that lengths are CSS pixels.
  constructor(host, tools, paint, role = "img") {
    Object.assign(this, { host, tools, paint, view: null, asked: 0 });
    this.canvas = document.createElement("canvas");
    this.canvas.className = "g-sheet";
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", role);
    this.c = this.canvas.getContext("2d");
    this.say = spoken(this.canvas);
    host.append(this.canvas);
    this.fit();
    this.watch = new ResizeObserver(() => (this.fit(), this.now()));
    this.watch.observe(host);
  }

  fit() {
    const { clientWidth: width, clientHeight: height } = this.host;
    const style = getComputedStyle(this.host);
    const dots = devicePixelRatio || 1;
    const scale = parseFloat(style.getPropertyValue("--g-scale")) || 1;
    const theme = this.tools.theme();
    Object.assign(this, { width, height, dots, scale, theme, family: style.fontFamily });
    const [w, h] = [Math.round(width * dots), Math.round(height * dots)];
    if (this.canvas.width !== w) this.canvas.width = w;
    if (this.canvas.height !== h) this.canvas.height = h;
  }

  draw(view) {
    this.view = view;
    this.say(`${view.title}. ${view.says}`);
    this.now();
  }

  now() {
    if (!this.view) return;
    if (this.theme !== this.tools.theme() || this.dots !== (devicePixelRatio || 1)) this.fit();
    if (!this.width || !this.height) return;
    const { c, dots } = this;
    c.setTransform(dots, 0, 0, dots, 0, 0);
    c.globalAlpha = 1;
    c.clearRect(0, 0, this.width, this.height);
    this.paint(c, this.view, this);
  }

  // The same picture on another context, whose lengths are CSS pixels: a larger canvas, or a file.
  onto(c) {
    this.fit();
    if (this.view && this.width && this.height) this.paint(c, this.view, this);
  }

  // Draw again soon: any number of calls cost one painting.
  redraw() {
    this.asked ||= requestAnimationFrame(() => ((this.asked = 0), this.now()));
  }

  font(px = 12, weight = 400) {
    return `${weight} ${px * this.scale}px ${this.family}`;
  }

  // What a mounted view hands back to the player; `also` runs at the end.
  mounted(draw, also = () => {}) {
    return {
      draw,
      paint: (c) => this.onto(c),
      destroy: () => (cancelAnimationFrame(this.asked), this.watch.disconnect(), also()),
    };
  }
}

// Sets the aria-label, at most once a second: a screen reader is not to be flooded by frames.
export function spoken(element) {
  let wanted = "";
  let timer = 0;
  const speak = () => {
    const changed = element.getAttribute("aria-label") !== wanted;
    if (changed) element.setAttribute("aria-label", wanted);
    timer = changed ? setTimeout(speak, 1000) : 0;
  };
  return (text) => {
    wanted = text;
    if (!timer) speak();
  };
}
