// How a series of a chart is drawn: a curve, bars or dots, with its band of uncertainty.

export function curve(c, { x, y, ink, dashed, faint }, { X, Y, text }, tools) {
  c.strokeStyle = tools.colour(ink);
  c.globalAlpha = faint ? 0.45 : 1;
  c.lineWidth = (faint ? 1 : 2) * text;
  c.lineJoin = "round";
  if (dashed) c.setLineDash([5 * text, 4 * text]);
  c.beginPath();
  let pen = false; // a value that a log axis cannot show lifts it
  for (let i = 0; i < x.data.length; i++) {
    const [px, py] = [X(x.data[i]), Y(y.data[i])];
    const drawn = Number.isFinite(px) && Number.isFinite(py);
    if (drawn && pen) c.lineTo(px, py);
    else if (drawn) c.moveTo(px, py);
    pen = drawn;
  }
  c.stroke();
  c.setLineDash([]);
  c.globalAlpha = 1;
  if (x.data.length === 1) dots(c, { x, y, ink }, { X, Y, text }, tools);
}

export function dots(c, { x, y, ink }, { X, Y, text }, tools) {
  const radius = (x.data.length < 400 ? 2.6 : 1.5) * text;
  c.fillStyle = tools.colour(ink);
  c.beginPath();
  for (let i = 0; i < x.data.length; i++) {
    const [px, py] = [X(x.data[i]), Y(y.data[i])];
    if (!Number.isFinite(px + py)) continue;
    c.moveTo(px + radius, py);
    c.arc(px, py, radius, 0, 6.2832);
  }
  c.fill();
}

// As wide as the closest two stand apart; a lone bar takes what a tenth of the axis gives.
export function bars(c, { x, y, ink }, { X, Y, left, right, bottom }, tools) {
  let apart = (right - left) / Math.max(10, x.data.length);
  for (let i = 1; i < x.data.length; i++)
    apart = Math.min(apart, Math.abs(X(x.data[i]) - X(x.data[i - 1])));
  const wide = Math.max(1, apart - Math.min(4, 0.25 * apart));
  const zero = Math.min(bottom, Number.isFinite(Y(0)) ? Y(0) : bottom);
  c.fillStyle = tools.colour(ink);
  for (let i = 0; i < x.data.length; i++) {
    const top = Y(y.data[i]);
    if (!Number.isFinite(top)) continue;
    c.fillRect(
      X(x.data[i]) - wide / 2,
      Math.min(top, zero),
      wide,
      Math.max(1, Math.abs(zero - top)),
    );
  }
}

export function band(c, { x, spread, ink }, { X, Y, bottom }, tools) {
  const at = (i, end) => {
    const y = Y(spread.data[2 * i + end]);
    return Number.isFinite(y) ? y : bottom; // what a log axis cannot show lies below it
  };
  c.globalAlpha = 0.16;
  c.fillStyle = tools.colour(ink);
  c.beginPath();
  for (let i = 0; i < x.data.length; i++) c.lineTo(X(x.data[i]), at(i, 1));
  for (let i = x.data.length - 1; i >= 0; i--) c.lineTo(X(x.data[i]), at(i, 0));
  c.fill();
  c.globalAlpha = 1;
}
