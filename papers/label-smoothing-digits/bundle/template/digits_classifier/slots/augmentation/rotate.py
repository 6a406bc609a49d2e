def augment(images: Tensor, random: torch.Generator) -> Tensor:
    """Turn each image about its centre by a random angle."""
    angles = (2 * torch.rand(len(images), generator=random) - 1) * TURN_RADIANS
    sine, cosine, still = angles.sin(), angles.cos(), torch.zeros_like(angles)
    moves = torch.stack([cosine, -sine, still, sine, cosine, still], dim=1).view(-1, 2, 3).to(images.device)
    return warp(images, moves)
