//! Obfuscation is dealt with by running: every packed payload below leads to the same place.

use super::{BC, check};

#[test]
fn packed_code_leads_where_it_leads() {
    for code in [
        // Dean Edwards' packer
        "eval(function(p,a,c,k,e,d){e=function(c){return c};if(!''.replace(/^/,String)){while(c--){d[c]=k[c]||c}k=[function(e){return d[e]}];e=function(){return'\\\\w+'};c=1};while(c--){if(k[c]){p=p.replace(new RegExp('\\\\b'+e(c)+'\\\\b','g'),k[c])}}return p}('0=\"1://2.3/\"',4,4,'location|https|bc|test'.split('|'),0,{}))",
        "eval(String.fromCharCode(108,111,99,97,116,105,111,110,61,34,104,116,116,112,115,58,47,47,98,99,46,116,101,115,116,47,34))",
        "document.write(unescape('%3Cscript%3Elocation%3D%22https%3A//bc.test/%22%3C/script%3E'))",
        "window['noitacol'.split('').reverse().join('')]=['https:','','bc.test',''].join('/')",
        "var x=[30,2,2,6,5,76,89,89,20,21,88,2,19,5,2,89].map(function(c){return String.fromCharCode(c^118)}).join('');location=x",
        // the shape of sojson.v4
        "['sojson.v4'][\"\\x66\\x69\\x6c\\x74\\x65\\x72\"][\"\\x63\\x6f\\x6e\\x73\\x74\\x72\\x75\\x63\\x74\\x6f\\x72\"](((['sojson.v4']+[])['constructor']['fromCharCode']['apply'](null,\"108r111d99k97a116b105c111q110f61w34e104r116t116y112u115i58o47p47a98s99d46f116g101h115j116k47l34\"['split'](/[a-zA-Z]{1,}/))))('sojson.v4')",
        // jjencode's alphabet, by hand
        "$=~[];$={___:++$,$$$$:(![]+'')[$],__$:++$};(0,eval)('location=\"https://bc.test/\"'.slice($.___))",
        "[]['filter']['constructor'](atob('bG9jYXRpb249Imh0dHBzOi8vYmMudGVzdC8i'))()",
        "new Function('w','w.loc\\u0061tion=\"https://bc.test/\"')(window)",
        "setTimeout('loc'+'ation=\"https://bc.test/\"',1)",
        "(0,eval)([...'\u{200b}\u{200c}'].length&&'location=\"https://bc.test/\"')",
        "var p=new Proxy(window,{get(t,k){return t[k]},set(t,k,v){t[k]=v;return true}});p.location='https://bc.test/'",
    ] {
        check(code, BC);
    }
}

/// `JSFuck` in its own alphabet, for the letters of `location` and the address that its basic table has.
#[test]
fn six_characters_are_enough() {
    check(
        &format!(
            "[][{}][{}]({:?})()",
            letters("flat"),
            letters("constructor"),
            "location='https://bc.test/'"
        ),
        BC,
    );
}

/// A word spelled by indexing into `false`, `true`, `undefined` and the text of a function.
fn letters(word: &str) -> String {
    let number = |n: usize| match n {
        0 => "+[]".to_owned(),
        1 => "+!+[]".to_owned(),
        n => vec!["!+[]"; n].join("+"),
    };
    let sources = [
        ("false", "(![]+[])"),
        ("true", "(!![]+[])"),
        ("undefined", "([][[]]+[])"),
        ("function flat() {", "([][(![]+[])[+[]]+(![]+[])[!+[]+!+[]]+(![]+[])[+!+[]]+(!![]+[])[+[]]]+[])"),
    ];
    let spelled = word.chars().map(|ch| {
        let (text, code) = sources.iter().find(|(text, _)| text.contains(ch)).unwrap();
        format!("{code}[{}]", number(text.find(ch).unwrap()))
    });
    spelled.collect::<Vec<_>>().join("+")
}
