using Raft.Verification.Writing;
using Spectre.Console;

namespace Raft.Tests.Writing;

public sealed class VisibleTextTests
{
    [Theory]
    [InlineData("as it is: ↷ äöü\r\n\tnext", "as it is: ↷ äöü\r\n\tnext")]
    [InlineData("\u001b[31mred", @"\x1B[31mred")]
    [InlineData("title\u0007\u009b1m\u007f", @"title\x07\x9B1m\x7F")]
    [InlineData("over\rwritten\r", @"over\x0Dwritten\x0D")]
    [InlineData("evil\u202efdp", @"evil\u202Efdp")]
    public void Control_characters_are_made_visible(string text, string visible)
    {
        Assert.Equal(visible, VisibleText.Of(text));

        using var written = new StringWriter();
        using var writer = new VisibleWriter(written);
        writer.Write(text);
        Assert.Equal(visible, written.ToString());
    }

    [Fact]
    public void On_a_terminal_the_displays_own_colours_stay()
    {
        using var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = AnsiSupport.Yes,
            ColorSystem = ColorSystemSupport.Standard,
        });
        ConsoleGuard.MakeVisible(console);

        console.Write(new Table().AddColumn("what").AddRow(new Markup($"[red]{Markup.Escape("\u001b[2Jgone\u0007")}[/]")));

        Assert.Contains("\u001b[", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b[2J", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\u0007', output.ToString());
        Assert.Contains("gone", output.ToString(), StringComparison.Ordinal);
    }
}
