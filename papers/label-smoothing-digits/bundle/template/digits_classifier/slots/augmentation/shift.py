def augment(images: Tensor, random: torch.Generator) -> Tensor:
    """Move each image by a random part of a pixel along both axes."""
    offsets = (2 * torch.rand((len(images), 2, 1), generator=random) - 1) * 2 * SHIFT_PIXELS / SIDE
    moves = torch.cat([torch.eye(2).expand(len(images), 2, 2), offsets], dim=2).to(images.device)
    return warp(images, moves)
