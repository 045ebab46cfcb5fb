import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;

/** Prints one line a file: its path, a tab, and "compliant" or the rules of PDF/A-3b that it breaks. */
public class Check {
    public static void main(String[] paths) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        PDFAFlavour flavour = PDFAFlavour.PDFA_3_B;
        for (String path : paths) {
            byte[] bytes = Files.readAllBytes(Path.of(path));
            try (var parser = Foundries.defaultInstance().createParser(new ByteArrayInputStream(bytes), flavour);
                    var validator = Foundries.defaultInstance().createValidator(flavour, false)) {
                var result = validator.validate(parser);
                var broken = new TreeMap<String, String>();
                for (TestAssertion assertion : result.getTestAssertions()) {
                    broken.put(assertion.getRuleId().getClause() + "-" + assertion.getRuleId().getTestNumber(), assertion.getMessage());
                }
                System.out.println(path + "\t" + (result.isCompliant() ? "compliant" : broken.toString()));
            }
        }
    }
}
