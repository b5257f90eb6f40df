using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Raft.Verification.Writing;

/// <summary>
/// Makes control characters visible in everything that commands print. Only the colours and cursor movements of a live display reach the
/// terminal unchanged.
/// </summary>
internal sealed class ConsoleGuard : IDisposable
{
    private static TextWriter? _terminal;
    private readonly TextWriter _output = Console.Out;
    private readonly TextWriter _errors = Console.Error;

    /// <summary>Installs the guard until it is disposed.</summary>
    public ConsoleGuard()
    {
        _terminal = _output;
        Console.SetOut(new VisibleWriter(_output));
        Console.SetError(new VisibleWriter(_errors));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Console.SetOut(_output);
        Console.SetError(_errors);
        _terminal = null;
    }

    /// <summary>Lets a display write to the terminal past the guard, with control characters in its text made visible.</summary>
    public static void LetThrough(IAnsiConsole console)
    {
        if (_terminal is not null)
        {
            console.Profile.Out = new Terminal(_terminal, console.Profile.Out);
        }

        MakeVisible(console);
    }

    /// <summary>Makes control characters visible in all text that a display shows.</summary>
    public static void MakeVisible(IAnsiConsole console) => console.Pipeline.Attach(new Hook());

    private sealed class Terminal(TextWriter writer, IAnsiConsoleOutput output) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => output.IsTerminal;

        public int Width => output.Width;

        public int Height => output.Height;

        public void SetEncoding(Encoding encoding) => output.SetEncoding(encoding);
    }

    private sealed class Hook : IRenderHook
    {
        public IEnumerable<IRenderable> Process(RenderOptions options, IEnumerable<IRenderable> renderables) =>
            renderables.Select(one => new Visible(one));
    }

    private sealed class Visible(IRenderable inner) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => inner.Measure(options, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => inner.Render(options, maxWidth).Select(segment =>
            segment.IsControlCode || segment.IsLineBreak ? segment : new Segment(VisibleText.Of(segment.Text), segment.Style));
    }
}
