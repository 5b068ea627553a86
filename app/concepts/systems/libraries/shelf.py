"""The libraries of this field that a learner has heard of: what each is for, and what is here."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Library:
    """A name on the map; where it is used and installed is found out, not written here."""

    name: str
    module: str  # as a program imports it
    packages: tuple[str, ...]  # as an index offers it, the first installed one counts
    task: str  # what it is for
    here: str  # how it is used here, or what is done instead


def book(name: str, task: str, here: str, module: str = "", *packages: str) -> Library:
    """An entry whose module and package are named like it unless said otherwise."""
    return Library(name, module or name.replace("-", "_"), packages or (name,), task, here)


SHELF = (
    book(
        "onnxruntime",
        "runs trained graphs",
        "every trained net of the app",
        "onnxruntime",
        "onnxruntime-gpu",
        "onnxruntime",
    ),
    book("numpy", "arrays", "all mathematics of the pages, also their live training"),
    book(
        "tensorrt",
        "compiles graphs for one NVIDIA GPU",
        "asked for through onnxruntime, where a GPU is",
        "tensorrt",
        "tensorrt-cu13",
        "tensorrt",
    ),
    book("onnx", "the format of trained graphs", "lists their nodes and is a second witness"),
    book("gradio", "pages for models, in Python", "the tabs and the frame of every page"),
    book("streamlit", "pages for models, in Python", "not used: gradio does this"),
    book("fastapi", "web routes", "the address from which frames are read"),
    book("plotly", "charts for the browser", "the surfaces that a hand turns"),
    book("pillow", "images in files", "installed with gradio, for uploads", "PIL"),
    book(
        "torch", "nets and their gradients", "trains the graphs that ship; the server does without"
    ),
    book("torchvision", "image data and layers", "not used: a recipe reads the digits by itself"),
    book("diffusers", "ready diffusion models", "an oracle: our samplers must agree with its own"),
    book("transformers", "ready language models", "not used so far: no test asks it"),
    book("tokenizers", "words to pieces, fast", "an oracle for our byte-pair encoding"),
    book("scipy", "scientific computing", "an oracle for integrals and distributions"),
    book("scikit-learn", "classic learning", "not needed so far", "sklearn"),
    book("matplotlib", "pictures on paper", "not used: pictures are drawn in the browser"),
    book("seaborn", "statistical pictures on paper", "not used: the same"),
    book("gymnasium", "worlds for reinforcement", "an oracle for our cart and our pendulum"),
    book("stable-baselines3", "ready reinforcement", "the other runner in the benchmark's race"),
    book("xformers", "attention that keeps no map", "not used: the map is what we want to see"),
    book("accelerate", "training on many devices", "not used: these nets train on one core"),
    book("datasets", "data from a hub", "not used: data are drawn, or given by --data"),
    book("wandb", "keeps the curves of trainings", "not used: a card beside each graph does"),
    book("tensorflow", "nets and their gradients", "not used: torch does this"),
    book("keras", "nets by the layer", "not used: torch does this"),
    book("pyro", "probabilistic programs", "not used: closed forms are", "pyro", "pyro-ppl"),
    book("numpyro", "the same on JAX", "not used: closed forms are"),
    book("nflows", "normalising flows", "not used: no page needs it yet"),
    book("torchgan", "ready GANs", "not used: the GAN page shows each step of its own"),
    book("open_clip", "images and words alike", "not used yet", "open_clip", "open_clip_torch"),
    book("lavis", "models that speak of images", "not used yet", "lavis", "salesforce-lavis"),
)
