// Every kind of view by its name on the wire: mount(host, tools) -> {draw, paint(c), destroy}.

import { mount as bars } from "./bars.js";
import { mount as board } from "./board.js";
import { mount as chart } from "./chart.js";
import { mount as diagram } from "./diagram.js";
import { mount as film } from "./film.js";
import { mount as matrix } from "./matrix.js";
import { mount as plane } from "./plane.js";
import { mount as surface } from "./surface.js";
import { mount as tokens } from "./tokens.js";
import { mount as wall } from "./wall.js";

export const kinds = { plane, matrix, board, wall, film, tokens, bars, diagram, chart, surface };
