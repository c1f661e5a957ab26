"""How pictures are prepared for the Fréchet Inception Distance: three published ways, by name.

They differ in the resizing, and so the scores differ (Parmar et al. 2022, "On Aliased Resizing and Surprising
Subtleties in GAN Evaluation").
"""

from common.data.preprocessing import Preprocessing

# TensorFlow's graph of 2015, and torch-fidelity: (pixel - 128) / 128.
FID = Preprocessing(
    (299, 299), None, interpolation="bilinear-tensorflow1", scale=1 / 128, mean=(1.0,) * 3, std=(1.0,) * 3
)
# pytorch-fid, pytorch_fid/inception.py: 2x - 1 of pixels from 0 to 1.
PYTORCH_FID = Preprocessing((299, 299), None, interpolation="bilinear-torch")
# clean-fid, cleanfid/resize.py and inception_torchscript.py: (pixel - 128) / 128.
CLEAN_FID = Preprocessing(
    (299, 299), None, interpolation="bicubic-float", scale=1 / 128, mean=(1.0,) * 3, std=(1.0,) * 3
)

NAMED = {"fid": FID, "pytorch-fid": PYTORCH_FID, "clean-fid": CLEAN_FID}
