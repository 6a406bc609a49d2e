def augment(images: Tensor, random: torch.Generator) -> Tensor:
    """Blank a square patch at a random place of each image (DeVries and Taylor)."""
    corners = torch.randint(0, SIDE - PATCH_PIXELS + 1, (2, len(images), 1), generator=random).to(images.device)
    pixels = torch.arange(SIDE, device=images.device)
    is_row, is_column = ((pixels >= corner) & (pixels < corner + PATCH_PIXELS) for corner in corners)
    return images.masked_fill((is_row[:, :, None] & is_column[:, None, :]).unsqueeze(1), 0.0)
