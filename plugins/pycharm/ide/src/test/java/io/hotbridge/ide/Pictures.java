package io.hotbridge.ide;

import java.awt.Dimension;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import javax.swing.JComponent;

/**
 * Draws a panel as plain Swing does, without a screen. It is no picture of an IDE: another look,
 * other fonts. With {@code -Dhotbridge.pictures=FOLDER} it is kept, to be looked at.
 */
public final class Pictures {
    private Pictures() {}

    public static BufferedImage draw(String name, JComponent component, int width, int height)
            throws IOException {
        component.addNotify(); // without a peer nothing is laid out
        component.setSize(new Dimension(width, height));
        component.validate();
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(
                RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setColor(component.getBackground());
        graphics.fillRect(0, 0, width, height);
        component.paint(graphics);
        graphics.dispose();
        String folder = System.getProperty("hotbridge.pictures", "");
        if (!folder.isEmpty()) {
            Files.createDirectories(Path.of(folder));
            ImageIO.write(image, "png", Path.of(folder, name + ".png").toFile());
        }
        return image;
    }

    /** How many colours there are: one for a panel that drew nothing. */
    public static long colors(BufferedImage image) {
        return Arrays.stream(
                        image.getRGB(
                                0, 0, image.getWidth(), image.getHeight(), null, 0,
                                image.getWidth()))
                .distinct()
                .count();
    }
}
